restart_unit {{ name }}

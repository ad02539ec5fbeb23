{{ health }}

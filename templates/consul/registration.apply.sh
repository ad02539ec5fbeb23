docker kill --signal HUP consul >/dev/null || consul_stopped

[ "$(echo ruok | nc -w 2 {{ address }} {{ client_port }})" = imok ]

# What says that a login is an admin's, also after it was closed.
mark={{ mark | quote }}
field() { getent passwd "$1" | cut -d : -f "$2"; }

[ "$(field {{ login }} 6)" = {{ home }} ] || elsewhere {{ login }} "$(field {{ login }} 6)" {{ home }}
getent group {{ group }} >/dev/null || groupadd --system {{ group }}
open_login() { # NAME
  if ! getent passwd "$1" >/dev/null; then
    useradd --create-home --home-dir "/home/$1" --shell {{ shell }} --gid {{ group }} --comment "$mark" "$1"
  elif [ "$(field "$1" 5)" != "$mark" ]; then
    taken "$1"
  fi
  install -d -o "$1" -g {{ group }} -m 0700 "/home/$1/.ssh"
}
{% for name in names %}
open_login {{ name }}
{% endfor %}

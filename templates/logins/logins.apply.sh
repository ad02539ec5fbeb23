# Files and data of an admin stay, and so does the user's id, which no other login gets.
close_login() { # NAME
  usermod --lock --expiredate 1 --shell /usr/sbin/nologin --gid nogroup "$1"
  rm -f "/home/$1/.ssh/authorized_keys"
  # Sessions end with all that runs as this user, and with what was started with sudo.
  pkill -KILL -u "$1" || [ "$?" = 1 ]
  local environ
  while read -r environ; do
    kill -KILL "$(cut -d / -f 3 <<<"$environ")" 2>/dev/null || true
  done < <(grep -lszxF "SUDO_USER=$1" /proc/[0-9]*/environ)
}

admins=' {{ names | join(" ") }} '
for name in $(getent passwd | awk -F : -v mark="$mark" '$5 == mark {print $1}'); do
  case $admins in
    *" $name "*) usermod --expiredate '' --shell {{ shell }} --gid {{ group }} "$name" ;;
    *) close_login "$name" ;;
  esac
done

# cloud-init gives root the first key too, for a sentence that names the other login.
if [ -e /root/.ssh/authorized_keys ]; then
  sed -i '/Please login as the user/d' /root/.ssh/authorized_keys
fi

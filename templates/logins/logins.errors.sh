taken() { fail "admins has $1, but this machine has a login of that name that is not an admin's: choose another name"; }
elsewhere() { fail "the home of $1 is ${2:-nowhere}, but its keys would go to $3: choose another sshUser"; }

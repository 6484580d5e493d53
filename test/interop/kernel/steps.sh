# What the scripts share: steps, requests to the host, logging in, the names of devices.

# step NAME TEXT: runs TEXT in a shell of its own that ends at the first failure.
step() {
  printf 'BEGIN\t%s\n' "$1" >&3
  echo "<4>step: $1" > /dev/kmsg
  (set -ex; eval "$2") > /tmp/step-says 2>&1 < /dev/null
  status=$?
  if [ $status = 0 ]; then
    printf 'STEP\t%s\tok\n' "$1" >&3
  else
    said=$(tail -c 1500 /tmp/step-says | tr '\n\t' '| ')
    printf 'STEP\t%s\tfail\tstatus %s: %s\n' "$1" $status "$said" >&3
  fi
}

# has PATTERN: standard input has a line that matches; if none does, all of it is told.
has() {
  cat > "/tmp/has.$$"
  grep -Eq -- "$1" "/tmp/has.$$" && return 0
  echo "no line has $1:"
  cat "/tmp/has.$$"
  return 1
}

# fails COMMAND: it ends with another status than 0.
fails() {
  if "$@"; then
    echo "$1 did not fail"
    return 1
  fi
}

# same FILE FILE: both hold the same bytes.
same() {
  cmp "$1" "$2"
}

# retry COMMAND: until it succeeds, at most for some 30 seconds.
retry() {
  for _ in $(seq 150); do
    "$@" && return 0
    sleep 0.2
  done
  echo "$* never succeeded"
  return 1
}

# ask REQUEST: the host does it.
ask() {
  printf 'ASK\t%s\n' "$1" >&3
  read -r _ <&3
}

# noise FILE BYTES: bytes without a pattern, others each time; random ones are slow to make here.
noise() {
  shift_bytes=$(od -An -N2 -tu2 /dev/urandom)
  { head -c $shift_bytes /dev/urandom; cat /usr/lib/x86_64-linux-gnu/lib*.so.*; } 2> /dev/null \
    | head -c "$2" > "$1"
}

iscsi_start() {
  mkdir -p /etc/iscsi /run/lock/iscsi
  echo 'InitiatorName=iqn.1993-08.org.debian:01:kernel' > /etc/iscsi/initiatorname.iscsi
  sed -i -e 's/^iscsid.startup.*//' -e 's/^node.startup.*/node.startup = manual/' \
    -e 's/^\(node.conn\[0\].timeo.noop_out_[a-z]* =\).*/\1 30/' /etc/iscsi/iscsid.conf
  iscsid
  node="iscsiadm -m node -T $IQN -p $PORTAL"
}

# device LUN: the folder of a logical unit in /sys.
device() {
  echo /sys/class/scsi_device/*:*:*:"$1"/device
}

block() {
  echo /dev/"$(ls "$(device "$1")/block")"
}

generic() {
  echo /dev/"$(ls "$(device "$1")/scsi_generic")"
}

# The tape of a LUN that does not rewind when it is closed.
tape() {
  echo /dev/n"$(ls "$(device "$1")/scsi_tape" | grep -x 'st[0-9]*')"
}

# appear LUN…: these units and their drivers are there.
appear() {
  for lun in "$@"; do
    retry sh -c "ls /sys/class/scsi_device/*:$lun/device/scsi_generic \
      && ls /sys/class/scsi_device/*:$lun/device/ | grep -Ex 'block|scsi_tape|scsi_changer'"
  done
}

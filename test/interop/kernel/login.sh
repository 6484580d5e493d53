# Discovery and logging in, with CHAP and digests. CHAP is on if USER_NAME is set.
iscsi_start

discover="iscsiadm -m discoverydb -t sendtargets -p $PORTAL"

chap() {
  $1 -o update -n "$2.auth.authmethod" -v CHAP
  $1 -o update -n "$2.auth.username" -v "$3"
  $1 -o update -n "$2.auth.password" -v "$4"
}

set_digests() {
  $node -o update -n 'node.conn[0].iscsi.HeaderDigest' -v "$1"
  $node -o update -n 'node.conn[0].iscsi.DataDigest' -v "$2"
}

step 'is refused by discovery without CHAP' '
  $discover -o new
  fails $discover --discover
'

step 'discovers the target with CHAP, at the address of the connection' '
  chap "$discover" discovery.sendtargets "$USER_NAME" "$SECRET"
  $discover --discover | has "^127.0.0.1:[0-9]*,1 $IQN$"
  iscsiadm -m node | has " $IQN$"
  iscsiadm -m node -T $IQN -o delete
'

step 'is refused without CHAP, with status 0201h' '
  $node -o new
  fails $node --login
'

step 'is refused with a wrong secret' '
  chap "$node" node.session "$USER_NAME" "not the secret"
  fails $node --login
'

step 'is refused under a wrong name' '
  chap "$node" node.session somebody "$SECRET"
  fails $node --login
'

step 'logs in with CHAP' '
  chap "$node" node.session "$USER_NAME" "$SECRET"
  $node --login
  appear 0
  iscsiadm -m session -P 2 | has "CHAP:"
  $node --logout
'

prove() {
  $node -o update -n node.session.auth.username_in -v "$TARGET_NAME"
  $node -o update -n node.session.auth.password_in -v "$1"
}

step 'logs in with CHAP both ways, and not to a target with another secret' '
  prove "not its own secret"
  fails $node --login
  prove "$TARGET_SECRET"
  $node --login
  appear 0
  $node --logout
'

step 'logs in and out again and again' '
  for _ in 1 2 3 4 5 6; do
    $node --login
    appear 0
    dd if=$(block 0) of=/dev/null bs=64k count=1 iflag=direct
    $node --logout
  done
  retry sh -c "! ls /sys/class/scsi_device/*"
'

# round_trip HEADER DATA: with these digests, what was written comes back.
round_trip() {
  set_digests "$1" "$2"
  $node --login
  appear 0
  iscsiadm -m session -P 2 | has "HeaderDigest: $1"
  iscsiadm -m session -P 2 | has "DataDigest: $2"
  noise /tmp/written 1200000
  disk=$(block 0)
  dd if=/tmp/written of="$disk" bs=64k conv=fsync
  echo 3 > /proc/sys/vm/drop_caches
  cmp -n 1200000 "$disk" /tmp/written
  $node --logout
}

step 'moves data without digests' 'round_trip None None'
step 'moves data with a header digest' 'round_trip CRC32C None'
step 'moves data with a data digest' 'round_trip None CRC32C'
step 'moves data with both digests' 'round_trip CRC32C CRC32C'

step 'takes what either side offers: digests as a choice' '
  set_digests CRC32C,None None,CRC32C
  $node --login
  appear 0
  iscsiadm -m session -P 2 | has "HeaderDigest: CRC32C"
  iscsiadm -m session -P 2 | has "DataDigest: None"
'

step 'logs in twice under two names, and out' '
  iscsiadm -m iface -I second -o new
  iscsiadm -m iface -I second -o update -n iface.initiatorname -v iqn.1993-08.org.debian:01:other
  iscsiadm -m node -T $IQN -p $PORTAL -I second -o new
  chap "iscsiadm -m node -T $IQN -p $PORTAL -I second" node.session "$USER_NAME" "$SECRET"
  iscsiadm -m node -T $IQN -p $PORTAL -I second --login
  test "$(iscsiadm -m session | grep -c "$IQN")" = 2
  iscsiadm -m node -T $IQN --logout
  fails iscsiadm -m session
'

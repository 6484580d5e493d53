# A session to the target and the names of its devices, for the scripts behind it.
iscsi_start

step 'discovers the target' '
  iscsiadm -m discovery -t sendtargets -p $PORTAL | has " $IQN$"
  iscsiadm -m node -T $IQN -o delete
'

step 'logs in and finds drivers for all units' '
  $node -o new
  $node --login
  appear 0 1 2 3
'

disk=$(block 0) other=$(block 1) tape=$(tape 2) short=$(tape 3)
disk_sg=$(generic 0) other_sg=$(generic 1) tape_sg=$(generic 2)
export TAPE=$tape

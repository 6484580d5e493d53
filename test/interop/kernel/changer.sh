# The changer driver and mtx: LUN 0 is a changer of 8 slots, one of import and export, 4 cartridges
# in its first slots, and 2 drives, LUN 1 and 2.
iscsi_start

status() {
  mtx status
}

# drives DRIVE: its tape device; mtx counts drives from 0.
drive() {
  tape $(($1 + 1))
}

step 'ch, st: find a changer and its drives' '
  $node -o new
  $node --login
  appear 0 1 2
  test -c /dev/sch0
  dmesg | has "Attached scsi generic sg. type 8"
'
export CHANGER=$(generic 0)

step 'mtx inquiry, sg_inq, sg_vpd, sg_modes, sg_opcodes: a changer tells of itself' '
  mtx inquiry | has "Product Type: Medium Changer"
  sg_inq $CHANGER | has "PDT=8"
  for page in $(sg_vpd --page=0 $CHANGER | sed -n "s/^ *\(0x[0-9a-f]*\).*/\1/p"); do
    sg_vpd --page=$page $CHANGER > /tmp/page
    fails grep -Ei "truncated|bad|error" /tmp/page
  done
  sg_modes --all $CHANGER | has "Element address assignment"
  sg_opcodes $CHANGER | has "Move medium"
'

step 'mtx status: elements and volume tags' '
  status > /tmp/said
  has ":2 Drives, 9 Slots \( 1 Import/Export \)" < /tmp/said
  test "$(grep -c "Storage Element .*:Full.*VolumeTag" /tmp/said)" = 4
  test "$(grep -c "Data Transfer Element .:Empty" /tmp/said)" = 2
  grep -o "VolumeTag=[^ ][^ ]*" /tmp/said | sort | uniq -d > /tmp/twice
  test ! -s /tmp/twice
'

step 'mt: an empty drive has no tape' '
  mt -f $(drive 0) status | has "DR_OPEN"
'

step 'mtx load: the drive gets ready by itself, tar writes' '
  mtx load 1 0
  status | has "Data Transfer Element 0:Full \(Storage Element 1 Loaded\)"
  retry sh -c "mt -f $(drive 0) status | grep ONLINE"
  tar -C / -cf $(drive 0) -b 20 modules
'

step 'mtx load: from an empty slot, to a full drive: refused' '
  fails mtx load 7 1
  fails mtx load 2 0
'

step 'mtx unload: without mt offline before it; another cartridge is another tape' '
  mtx unload 1 0
  mtx load 2 0
  retry sh -c "mt -f $(drive 0) status | grep ONLINE"
  mt -f $(drive 0) status | has "File number=0, block number=0"
  mt -f $(drive 0) eod
  mt -f $(drive 0) status | has "File number=0"
  mtx unload 2 0
'

step 'mtx load: in the other drive, to another slot: the data comes along' '
  mtx load 1 1
  retry sh -c "mt -f $(drive 1) status | grep ONLINE"
  tar -C / -df $(drive 1) -b 20
  mtx unload 6 1
  status | has "Storage Element 6:Full"
  status | has "Storage Element 1:Empty"
'

step 'mtx transfer: between slots, to import and export, and back' '
  mtx transfer 6 1
  mtx transfer 1 9
  status | has "Storage Element 9 IMPORT/EXPORT:Full"
  mtx transfer 9 1
  fails mtx transfer 1 2
  status | has "Storage Element 1:Full"
'

step 'mtx inventory, sg_raw INITIALIZE ELEMENT STATUS' '
  mtx inventory
  sg_raw $CHANGER 07 00 00 00 00 00
'

step 'mt lock: holds a tape in its drive against mtx' '
  mtx load 3 0
  retry sh -c "mt -f $(drive 0) status | grep ONLINE"
  mt -f $(drive 0) lock
  fails mtx unload 3 0
  mt -f $(drive 0) unlock
  mtx unload 3 0
'

step 'a target killed and started again has every cartridge in its place' '
  mtx load 4 1
  status | sed "s/^.*Drives/Drives/" > /tmp/before
  ask "kill and restart"
  retry sg_turs $CHANGER
  status | sed "s/^.*Drives/Drives/" > /tmp/after
  diff /tmp/before /tmp/after
  mt -f $(drive 1) status | has "ONLINE"
  mtx unload 4 1
'

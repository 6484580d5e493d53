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

# in_slots: the tags of all slots, in their order; - stands for none.
in_slots() {
  status | sed -n "s/^ *Storage Element [0-9]*[^:]*:[EF][a-z ]*:VolumeTag=\([^ ]*\).*/\1-/p" \
    | sed "s/\(.\)-$/\1/" | tr "\n" " "
}

# hex_of COMMAND: the bytes that sg_raw shows, in one line.
hex_of() {
  sed -n "s/^ *[0-9a-f]*0  *\(\([0-9a-f][0-9a-f]  *\)*\).*/\1/p" | tr -s " \n" " "
}

step 'ch, st: find a changer and its drives' '
  $node -o new
  $node --login
  appear 0 1 2 3 4 5 6
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

step 'mtx inventory, position; sg_raw INITIALIZE ELEMENT STATUS, also WITH RANGE; REZERO UNIT' '
  mtx inventory
  mtx position 3
  sg_raw $CHANGER 07 00 00 00 00 00
  sg_raw $CHANGER 37 01 04 00 00 00 00 04 00 00
  sg_raw $CHANGER e7 01 04 00 00 00 00 04 00 00
  fails sg_raw $CHANGER 37 01 09 99 00 00 00 04 00 00
  sg_raw $CHANGER 01 00 00 00 00 00
'

step 'mtx altres, nobarcode, noattach, eepos; loaderinfo, tapeinfo' '
  mtx altres status | has ":2 Drives, 9 Slots"
  mtx noattach status | has ":2 Drives, 9 Slots"
  mtx nobarcode status > /tmp/said
  fails grep VolumeTag /tmp/said
  mtx eepos 1 transfer 1 8
  mtx transfer 8 1
  fails mtx invert transfer 1 8
  loaderinfo -f $CHANGER | has "Transfer Storage: ->Data Transfer, ->Import/Export, ->Storage"
  mtx load 2 0
  retry sh -c "tapeinfo -f $(generic 1) | grep \"Ready: yes\""
  scsieject -f $(generic 1) unload
  tapeinfo -f $(generic 1) | has "Ready: no"
  mtx unload 2 0
'

step 'mtx exchange: two slots; three; a drive by sg_raw' '
  first=$(in_slots)
  mtx exchange 3 4
  mtx exchange 3 4
  test "$(in_slots)" = "$first"
  mtx exchange 3 4 7
  status | has "Storage Element 3:Empty"
  status | has "Storage Element 7:Full"
  mtx exchange 4 7 3
  mtx transfer 7 4
  status | has "Storage Element 7:Empty"
  mtx exchange 3 4
  test "$(in_slots)" = "$first"
  mtx load 2 0
  sg_raw $CHANGER a6 00 00 00 04 02 01 00 04 01 00 00
  status | has "Data Transfer Element 0:Full \(Storage Element 3 Loaded\)"
  status | has "Storage Element 2:Full"
  mtx unload 3 0
  test "$(in_slots)" = "$first"
'

step 'mtx next, previous, first, last' '
  mtx first 0
  status | has "Data Transfer Element 0:Full \(Storage Element 1 Loaded\)"
  mtx next 0
  status | has "Data Transfer Element 0:Full \(Storage Element 2 Loaded\)"
  mtx previous 0
  status | has "Data Transfer Element 0:Full \(Storage Element 1 Loaded\)"
  mtx unload
  status | has "Data Transfer Element 0:Empty"
'

step 'from drive to drive, and what mtx does not try: full, empty, unknown, no element' '
  mtx load 1 0
  sg_raw $CHANGER a5 00 00 00 01 00 01 01 00 00 00 00
  status | has "Data Transfer Element 1:Full \(Storage Element 1 Loaded\)"
  refused() {
    fails sg_raw $CHANGER a5 00 00 "$1" $2 $3 00 00 00 00 2> /tmp/said
    has "$4" < /tmp/said
  }
  refused 00 "04 01" "04 02" "Medium destination element full"
  refused 00 "04 00" "04 05" "Medium source element empty"
  refused 00 "09 99" "04 05" "Invalid element address"
  refused 00 "04 01" "09 99" "Invalid element address"
  refused 10 "04 01" "04 05" "Invalid element address"
  sg_raw $CHANGER a5 00 00 00 04 01 04 01 00 00 00 00
  mtx unload 1 1
'

step 'READ ELEMENT STATUS: drives by name, in parts, and without a broken descriptor' '
  sg_raw --request=65535 $CHANGER b8 14 00 00 ff ff 01 00 ff ff 00 00 > /tmp/said 2>&1
  has "SRVFREE" < /tmp/said
  serial=$(sg_vpd --page=sn $(generic 1) | sed -n "s/.*serial number: *//p")
  sed "s/.*   //" /tmp/said | tr -d "\n" | has "TAPE$serial"
  sg_raw --request=8 $CHANGER b8 12 00 00 ff ff 00 00 00 08 00 00 2>&1 | hex_of \
    | has "04 00 00 08 00 00 01 a8"
  sg_raw --request=100 $CHANGER b8 12 00 00 ff ff 00 00 00 64 00 00 2>&1 \
    | has "Received 68 bytes"
  fails sg_raw --request=255 $CHANGER b8 14 02 00 00 01 00 00 00 ff 00 00 2> /tmp/said
  has "Invalid element address" < /tmp/said
'

step 'volume tags are found by a template' '
  { printf "%-32s" "*3L8"; head -c 8 /dev/zero; } > /tmp/template
  sg_raw --send=40 --infile=/tmp/template $CHANGER b6 00 00 00 00 05 00 00 00 28 00 00
  sg_raw --request=4096 $CHANGER b5 10 00 00 ff ff 00 00 10 00 00 00 2>&1 | hex_of \
    | has "^ *04 02 00 01 05"
'

step 'sg3-utils tell of a changer and its drives: pages, logs, commands, attributes' '
  for sg in $CHANGER $(generic 1) $(generic 2); do
    sg_turs --number=3 $sg || true
    for control in 0 1 2; do
      sg_modes --all --control=$control $sg
      sg_modes --six --all --control=$control $sg
    done
    sg_logs --all $sg
    sg_opcodes --rctd $sg
    sg_opcodes --tmf $sg
    sg_requests --desc $sg
    sg_luns --select=2 $sg
    sg_persist --in --report-capabilities $sg
    sg_senddiag --test $sg
  done
  sg_modes --page=0x1f $CHANGER | has "Device capabilities"
  sg_modes --page=0x1f,0x41 $CHANGER
  sg_modes --page=0x1e $CHANGER | has "Transport geometry"
'

step 'sg_prevent: a mail slot is locked, moves go on' '
  sg_prevent $CHANGER
  fails sg_raw $CHANGER 1b 00 00 10 00 00 2> /tmp/said
  has "Medium removal prevented" < /tmp/said
  mtx transfer 1 9
  mtx transfer 9 1
  sg_prevent --allow $CHANGER
  sg_raw $CHANGER 1b 00 00 10 00 00
  sg_raw $CHANGER 1b 00 00 10 01 00
'

step 'a person puts a cartridge in: the mail slot has it, initiators are told' '
  retry sg_turs $CHANGER
  ask "put a cartridge into the folder"
  retry sh -c "sg_requests $CHANGER 2>&1 | grep -i \"import or export element accessed\""
  status | has "Storage Element 9 IMPORT/EXPORT:Full :VolumeTag=NEW001L8"
  mtx transfer 9 8
  mtx load 8 1
  retry sh -c "mt -f $(drive 1) status | grep ONLINE"
  tar -C / -cf $(drive 1) -b 20 etc/iscsi
  mtx unload 8 1
'

step 'a person takes that cartridge out of the mail slot' '
  mtx transfer 8 9
  retry sg_turs $CHANGER
  ask "take that cartridge out"
  retry sh -c "sg_requests $CHANGER 2>&1 | grep -i \"import or export element accessed\""
  status > /tmp/said
  has "Storage Element 9 IMPORT/EXPORT:Empty" < /tmp/said
  fails grep NEW001 /tmp/said
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

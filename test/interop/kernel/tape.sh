# The tape driver with mt, tar and dd on LUN 2, and the end of a short tape on LUN 3.

status() {
  mt status
}

at() {
  mt tell | has "^At block $1\.$"
}

step 'mt status: at the beginning, with a density' '
  mt rewind
  status | has "File number=0, block number=0, partition=0"
  status | has "BOT ONLINE"
'

step 'mt setblk: fixed and variable blocks' '
  mt setblk 4096
  status | has "Tape block size 4096 bytes"
  mt setblk 0
  status | has "Tape block size 0 bytes"
'

step 'dd: blocks of many sizes, each by itself, two files' '
  noise /tmp/first 700000
  noise /tmp/second 12345
  dd if=/tmp/first of=$tape bs=65536
  dd if=/tmp/second of=$tape bs=1000
  mt rewind
  dd if=$tape of=/tmp/got bs=256k 2> /tmp/dd
  cmp /tmp/first /tmp/got
  has "^0\+11 records in" < /tmp/dd
  dd if=$tape of=/tmp/got bs=256k 2> /tmp/dd
  cmp /tmp/second /tmp/got
  has "^0\+13 records in" < /tmp/dd
  dd if=$tape of=/tmp/got bs=256k count=1 || true
  test ! -s /tmp/got
'

step 'dd: a block longer than asked for is an error, and the tape stands behind it' '
  mt rewind
  fails dd if=$tape of=/tmp/got bs=4096 count=1
  at 1
'

step 'mt fsf, bsf, fsr, bsr: and the position that the kernel keeps' '
  mt rewind
  mt fsf 1
  status | has "File number=1, block number=0"
  at 12
  mt fsr 5
  status | has "File number=1, block number=5"
  mt bsr 2
  status | has "File number=1, block number=3"
  at 15
  mt bsf 1
  at 11
  mt fsfm 1
  mt rewind
  fails mt fsr 100
  mt rewind
  fails mt bsr 1
  fails mt bsf 1
'

step 'mt eod: the file number comes from a residual' '
  mt eod
  status | has "File number=2, block number=-1"
  status | has "EOD"
  at 26
  fails mt fsr 1
'

step 'mt seek, tell: count blocks and file marks' '
  for block in 20 3 12 0 25; do
    mt seek $block
    at $block
  done
  mt seek 12
  dd if=$tape of=/tmp/got bs=1000 count=13
  cmp /tmp/second /tmp/got
  fails mt seek 4000
'

step 'mt weof, eof: marks by number, space over them' '
  mt eod
  mt weof 3
  at 29
  mt rewind
  mt fsf 5
  at 29
  mt weof 0
  mt eod
  status | has "File number=5"
'

step 'appends behind the end of data' '
  mt eod
  echo appended | dd of=$tape bs=512
  mt rewind
  mt fsf 5
  dd if=$tape bs=512 | has "^appended$"
'

step 'overwrites in the middle: what came behind is gone' '
  mt rewind
  mt fsf 1
  dd if=/tmp/second of=$tape bs=2000
  mt eod
  status | has "File number=2"
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  cmp /tmp/first /tmp/got
  mt asf 1
  dd if=$tape of=/tmp/got bs=64k
  cmp /tmp/second /tmp/got
'

step 'fixed blocks: many in one command, and one that is too short' '
  mt rewind
  mt setblk 1024
  head -c 699392 /tmp/first > /tmp/whole
  dd if=/tmp/whole of=$tape bs=64k
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  cmp /tmp/whole /tmp/got
  at 684
  fails dd if=/tmp/second of=$tape bs=1000 count=1
  mt setblk 0
  mt rewind
  mt setblk 512
  fails dd if=$tape of=/tmp/got bs=512 count=1
  mt setblk 0
'

step 'tar: writes, lists, restores; compares two archives in a row' '
  mt rewind
  tar -C / -cf $tape -b 20 etc modules
  tar -C / -cf $tape -b 128 sbin etc/iscsi
  mt rewind
  mkdir -p /tmp/restored
  tar -tf $tape -b 20 | has "^modules/"
  mt asf 0
  tar -C /tmp/restored -xf $tape -b 20
  diff -r /modules /tmp/restored/modules
  mt asf 1
  tar -C / -df $tape -b 128
'

step 'tar: needs a record as long as the one written' '
  mt asf 1
  fails tar -tf $tape -b 20
'

step 'mt compression: off, on, and reported' '
  mt compression 0
  sg_modes --page=0xf $tape_sg | has "Data Compression|Data compression"
  mt compression 1
'

step 'mt erase: nothing behind' '
  mt rewind
  mt erase
  mt rewind
  mt eod
  status | has "File number=0"
'

step 'mt mkpartition, setpartition, partseek: two partitions with data of their own' '
  mt stsetoptions can-partitions
  mt rewind
  mt mkpartition 200
  dd if=/tmp/first of=$tape bs=64k
  mt setpartition 1
  status | has "partition=1"
  dd if=/tmp/second of=$tape bs=1000
  mt partseek 0 0
  status | has "partition=0"
  dd if=$tape of=/tmp/got bs=64k
  cmp /tmp/first /tmp/got
  mt setpartition 1
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  cmp /tmp/second /tmp/got
  mt setpartition 0
  mt rewind
  mt mkpartition 0
  mt stclearoptions can-partitions
'

step 'sg_read_attr: the attributes of the medium' '
  sg_read_attr $tape_sg | has "Medium serial number|Remaining capacity"
'

step 'sg_raw: densities and types of media that the drive uses' '
  sg_raw -r 600 -o /tmp/densities $tape_sg 44 00 00 00 00 00 00 02 58 00
  test $(stat -c %s /tmp/densities) = 108
  sg_raw -r 600 -o /tmp/types $tape_sg 44 02 00 00 00 00 00 02 58 00
  test $(stat -c %s /tmp/types) = 228
  has "Ultrium 8 data" < /tmp/types
'

step 'sg_raw: READ(16) goes to its address' '
  mt rewind
  dd if=/tmp/first of=$tape bs=64k count=3
  sg_raw -r 65536 -o /tmp/got $tape_sg 88 00 00 00 00 00 00 00 00 00 00 01 01 00 00 00
  tail -c +65537 /tmp/first | cmp -n 65536 - /tmp/got
  mt rewind
'

# The bytes that WRITE commands have sent, as log page 0Ch counts them.
sent() {
  sg_raw -r 16 -o /tmp/log $tape_sg 4d 00 4c 00 00 00 00 00 10 00
  tail -c 8 /tmp/log | od -An -tx1 | tr -d " "
}

step 'sg_logs: counts what was moved, and begins anew' '
  sg_logs --page=0x37 --hex $tape_sg
  sg_logs --page=0x17 $tape_sg | has "[Ll]ast mount megabytes written"
  test "$(sent)" != 0000000000000000
  sg_logs --page=0xc --reset --select $tape_sg
  test "$(sent)" = 0000000000000000
'

step 'sg_raw: WRITE BUFFER and READ BUFFER, an echo comes back' '
  head -c 512 /tmp/first > /tmp/echo
  sg_raw -s 512 -i /tmp/echo $tape_sg 3b 0a 00 00 00 00 00 02 00 00
  sg_raw -r 512 -o /tmp/echoed $tape_sg 3c 0a 00 00 00 00 00 02 00 00
  cmp /tmp/echo /tmp/echoed
'

step 'sg_ident, sg_timestamp: what the drive is told' '
  echo cellar | sg_ident --set $tape_sg
  sg_ident --ascii $tape_sg | has "cellar"
  sg_timestamp $tape_sg | has "[0-9]"
  sg_timestamp --milliseconds=1000000 $tape_sg
  sg_timestamp $tape_sg | has "^10[0-9]{5}$"
'

step 'mt offline, load: an empty drive is not ready' '
  mt offline
  fails sg_turs $tape_sg
  status | has "DR_OPEN"
  mt load
  status | has "BOT ONLINE"
'

step 'mt densities, setdensity, drvbuffer, lock, unlock' '
  mt densities | has "."
  mt drvbuffer 1
  mt lock
  mt unlock
'

step 'sg_inq, sg_vpd, sg_modes, sg_logs, sg_opcodes: a tape drive tells of itself' '
  sg_inq $tape_sg | has "PDT=1"
  for page in $(sg_vpd --page=0 $tape_sg | sed -n "s/^ *\(0x[0-9a-f]*\).*/\1/p"); do
    sg_vpd --page=$page $tape_sg > /tmp/page
    fails grep -Ei "truncated|bad|error" /tmp/page
  done
  sg_modes --all $tape_sg
  for page in $(sg_logs --page=0 $tape_sg | sed -n "s/^ *\(0x[0-9a-f]*\) .*/\1/p"); do
    sg_logs --page=$page $tape_sg
  done
  sg_logs --all $tape_sg | has "Sequential access"
  sg_opcodes $tape_sg | has "[Ll]ocate"
  sg_read_block_limits $tape_sg 2>&1 | has "Maximum block size: 8388608 byte"
'

step 'end of tape: early warning, then ENOSPC, marks are still written' '
  export TAPE=$short
  mt rewind
  mt setblk 0
  head -c 2097152 /dev/zero > /tmp/zeros
  fails dd if=/dev/zero of=$short bs=65536 2> /tmp/dd
  has "No space left" < /tmp/dd
  status | has "EOT|EOM|File number=1"
  mt rewind
  dd if=$short of=/dev/null bs=65536 2> /tmp/read
  sed -n "s/^\([0-9]*\)+.*records out/\1/p" /tmp/dd > /tmp/a
  sed -n "s/^\([0-9]*\)+.*records out/\1/p" /tmp/read > /tmp/b
  cmp /tmp/a /tmp/b
  mt eod
  status | has "File number=1"
'

step 'tar over the end of a tape goes on on the next' '
  export TAPE=$short
  mt rewind
  noise /tmp/large 10000000
  tar -C /tmp -cMf $short -b 128 -F "mt -f $short status > /tmp/changed; false" large || true
  has "EOT|ONLINE" < /tmp/changed
'

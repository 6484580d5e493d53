# Copies through the target's copy manager: sg_xcopy and ddpt between disks; lists made by hand,
# sent with sg_raw, between disk and tape.

# The NAA name of a LUN as 16 digits.
naa() {
  sg_vpd --page=di "$(generic "$1")" | sed -n 's/^ *0x\([0-9a-f]\{16\}\)$/\1/p' | head -1
}

# cscd LUN TYPE BLOCK: an identification descriptor; TYPE is 00 for a disk, 01 for a tape.
cscd() {
  echo "e4 $2 0000 0103 0008 $(naa "$1") 000000000000000000000000 $3"
}

# list SEGMENT_BYTES CSCD CSCD SEGMENTS: a parameter list (LID1, 64 bytes of CSCDs).
list() {
  printf '%s' "2001 0040 00000000 $(printf %08x "$1") 00000000 $2 $3 $4" | xxd -r -p
}

# extended_copy SG FILE
extended_copy() {
  sg_raw --send="$(stat -c %s "$2")" --infile="$2" "$1" \
    83 00 00 00 00 00 00 00 00 00 $(printf '%08x' "$(stat -c %s "$2")" | sed 's/../& /g') 00 00
}

step 'sg_xcopy: asks what the copy manager can do' '
  for sg in $disk_sg $other_sg $tape_sg; do
    retry sg_turs $sg
    sg_copy_results --params $sg > /tmp/said
    has "Supports no list identifier" < /tmp/said
    has "Maximum CSCD|Maximum target descriptor count" < /tmp/said
  done
'

step 'sg_xcopy: copies a disk to another' '
  noise /tmp/data 6000128
  dd if=/tmp/data of=$disk bs=64k conv=fsync
  sg_xcopy if=$disk_sg of=$other_sg bs=512 count=11719 skip=0 seek=1000
  dd if=$other iflag=direct,skip_bytes,fullblock bs=64k skip=512000 count=92 of=/tmp/got
  cmp -n 6000128 /tmp/data /tmp/got
'

step 'sg_xcopy: in many segments, sent to the source' '
  sg_xcopy if=$disk_sg of=$other_sg bs=512 count=11719 seek=40000 bpt=128 --on_src
  dd if=$other iflag=direct,skip_bytes,fullblock bs=64k skip=20480000 count=92 of=/tmp/got
  cmp -n 6000128 /tmp/data /tmp/got
'

step 'sg_xcopy: beyond the end is refused' '
  fails sg_xcopy if=$disk_sg of=$other_sg bs=512 count=100 seek=262100
'

step 'ddpt: copies with xcopy' '
  sg_dd if=/dev/zero of=$other_sg bs=512 count=12000
  ddpt if=$disk_sg iflag=pt,xcopy of=$other_sg oflag=pt bs=512 count=11719
  dd if=$other iflag=direct,fullblock bs=64k count=92 of=/tmp/got
  cmp -n 6000128 /tmp/data /tmp/got
'

step 'a list by hand: disk to tape, blocks of 64 KiB, and a mark' '
  mt rewind
  mt setblk 0
  list 36 "$(cscd 0 00 00000200)" "$(cscd 2 01 00000000)" "
    00 00 0014 0000 0001 00 010000 0000 2800 0000000000000000
    10 00 0008 0000 0001 00 000001" > /tmp/list
  extended_copy $tape_sg /tmp/list
  mt rewind
  dd if=$tape of=/tmp/got bs=256k 2> /tmp/dd
  has "^0\+80 records in" < /tmp/dd
  cmp -n 5242880 /tmp/data /tmp/got
  mt tell | has "At block 81"
'

step 'sg_copy_results: status of that copy' '
  sg_copy_results --status --list_id=32 $tape_sg | has "."
'

step 'a list by hand: tape to disk, sent to the disk' '
  mt rewind
  sg_dd if=/dev/zero of=$other_sg bs=512 count=12000
  list 24 "$(cscd 2 01 00000000)" "$(cscd 1 00 00000200)" "
    01 00 0014 0000 0001 00 010000 0000 2800 0000000000000000" > /tmp/list
  extended_copy $other_sg /tmp/list
  dd if=$other iflag=direct,fullblock bs=64k count=80 of=/tmp/got
  cmp -n 5242880 /tmp/data /tmp/got
  mt tell | has "At block 80"
'

step 'what the copy wrote, tar reads: an archive on a disk, copied to tape' '
  tar -C / -cf /tmp/archive -b 20 modules
  bytes=$(stat -c %s /tmp/archive)
  dd if=/tmp/archive of=$disk bs=64k conv=fsync
  mt rewind
  list 36 "$(cscd 0 00 00000200)" "$(cscd 2 01 00000000)" "
    00 00 0014 0000 0001 00 002800 0000 $(printf %04x $((bytes / 512))) 0000000000000000
    10 00 0008 0000 0001 00 000001" > /tmp/list
  extended_copy $disk_sg /tmp/list
  mt rewind
  tar -C / -df $tape -b 20
'

step 'a copy into a file mark ends with COPY ABORTED at its segment' '
  mt rewind
  list 24 "$(cscd 2 01 00000000)" "$(cscd 1 00 00000200)" "
    01 00 0014 0000 0001 00 002800 0000 ffff 0000000000000000" > /tmp/list
  extended_copy $other_sg /tmp/list > /tmp/said 2>&1 || true
  has "[Cc]opy [Aa]borted" < /tmp/said
'

# More copies: parts that overlap, the same disk, LUN 4 of 4096-byte blocks, tapes in fixed blocks
# and to one another, inline data, tokens by ddpt. Behind copy.sh, whose functions it uses.

large=$(block 4) large_sg=$(generic 4)

# blocks SG BYTES FROM COUNT: blocks of a disk in /tmp/got.
blocks() {
  rm -f /tmp/got
  sg_dd if="$1" of=/tmp/got bs="$2" skip="$3" count="$4"
}

# part FROM BYTES: a stretch of /tmp/data in /tmp/part.
part() {
  tail -c +$(($1 + 1)) /tmp/data | head -c "$2" > /tmp/part
}

# copied SG BYTES FROM COUNT OFFSET: these blocks are the bytes of /tmp/data from OFFSET.
copied() {
  blocks "$1" "$2" "$3" "$4"
  part "$5" $(($2 * $4))
  same /tmp/part /tmp/got
}

step 'sg_xcopy: skip and seek; within one disk; onto itself from before and behind' '
  noise /tmp/data 6000000
  dd if=/tmp/data of=$disk bs=64k conv=fsync
  sg_xcopy if=$disk_sg of=$other_sg bs=512 count=1000 skip=77 seek=3333
  copied $other_sg 512 3333 1000 39424
  sg_xcopy if=$disk_sg of=$disk_sg bs=512 count=1000 seek=20000
  copied $disk_sg 512 20000 1000 0
  sg_dd if=/tmp/data of=$other_sg bs=512 count=4000
  sg_xcopy if=$other_sg of=$other_sg bs=512 count=1000 seek=100
  copied $other_sg 512 100 1000 0
  sg_dd if=/tmp/data of=$other_sg bs=512 count=4000
  sg_xcopy if=$other_sg of=$other_sg bs=512 count=1000 skip=100
  copied $other_sg 512 0 1000 51200
'

step 'sg_xcopy, ddpt: 4096-byte blocks' '
  dd if=/tmp/data of=$large bs=64k conv=fsync
  sg_xcopy if=$large_sg of=$large_sg bs=4096 count=1000 seek=5000
  copied $large_sg 4096 5000 1000 0
  ddpt if=$large_sg of=$large_sg bs=4096 count=500 skip=5 seek=9000 iflag=xcopy
  copied $large_sg 4096 9000 500 20480
'

step 'sg_xcopy, sg_copy_results: holding data, list identifiers, priority, DC and CAT' '
  sg_xcopy if=$disk_sg of=$other_sg bs=512 count=100 id_usage=hold list_id=9
  sg_copy_results --status --list_id=9 $other_sg | has "Segments processed: 1"
  sg_xcopy if=$disk_sg of=$other_sg bs=512 count=100 id_usage=discard
  sg_xcopy if=$disk_sg of=$other_sg bs=512 count=100 prio=3 cat=1 dc=1 list_id=7
  copied $other_sg 512 0 100 0
'

step 'a list by hand: 4096-byte to 512-byte blocks, and back' '
  list 28 "$(cscd 4 00 00001000)" "$(cscd 1 00 00000200)" "
    02 00 0018 0000 0001 0000 0064 0000000000000000 0000000000000400" > /tmp/list
  extended_copy $other_sg /tmp/list
  copied $other_sg 512 1024 800 0
  list 28 "$(cscd 0 00 00000200)" "$(cscd 4 00 00001000)" "
    02 00 0018 0000 0001 0000 0320 0000000000000008 0000000000000400" > /tmp/list
  extended_copy $other_sg /tmp/list
  copied $large_sg 4096 1024 100 4096
'

step 'a list by hand: 4096-byte blocks to tape, and back to another place' '
  mt setblk 0
  mt rewind
  list 36 "$(cscd 4 00 00001000)" "$(cscd 2 01 00000000)" "
    00 00 0014 0000 0001 00 008000 0000 0100 0000000000000000
    10 00 0008 0000 0001 00 000001" > /tmp/list
  extended_copy $tape_sg /tmp/list
  mt rewind
  dd if=$tape of=/tmp/got bs=256k
  part 0 1048576
  same /tmp/part /tmp/got
  mt rewind
  list 24 "$(cscd 2 01 00000000)" "$(cscd 4 00 00001000)" "
    01 00 0014 0000 0001 00 008000 0000 0100 0000000000003000" > /tmp/list
  extended_copy $large_sg /tmp/list
  copied $large_sg 4096 12288 256 0
'

step 'a list by hand: a tape in fixed blocks' '
  mt setblk 4096
  mt rewind
  list 36 "$(cscd 0 00 00000200)" "$(cscd 2 01 01001000)" "
    00 00 0014 0000 0001 00 000010 0000 0800 0000000000000000
    10 00 0008 0000 0001 00 000001" > /tmp/list
  extended_copy $tape_sg /tmp/list
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  part 0 1048576
  same /tmp/part /tmp/got
  mt setblk 0
'

step 'a list by hand: several segments to tape, inline data in front' '
  mt rewind
  printf "%-512s" "a label" > /tmp/label
  list 92 "$(cscd 0 00 00000200)" "$(cscd 2 01 00000000)" "
    04 00 0010 0000 0001 00 000200 00000000 00000200
    10 00 0008 0000 0001 00 000001
    00 00 0014 0000 0001 00 010000 0000 0280 0000000000000000
    00 00 0014 0000 0001 00 008000 0000 0040 0000000000000280
    10 00 0008 0000 0001 00 000002" > /tmp/list
  printf "%08x" 512 | xxd -r -p | dd of=/tmp/list bs=1 seek=12 conv=notrunc
  cat /tmp/label >> /tmp/list
  extended_copy $tape_sg /tmp/list
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  same /tmp/label /tmp/got
  dd if=$tape of=/tmp/got bs=256k 2> /tmp/dd
  has "^0\+6 records in" < /tmp/dd
  part 0 360448
  same /tmp/part /tmp/got
  mt tell | has "At block 9"
'

step 'a list by hand: a tape to another tape' '
  mt rewind
  mt -f $short setblk 0
  mt -f $short rewind
  dd if=/tmp/data of=$tape bs=65536 count=8
  mt rewind
  list 20 "$(cscd 2 01 00000000)" "$(cscd 3 01 00000000)" "
    03 00 0010 0000 0001 00 010000 00 010000 00080000" > /tmp/list
  extended_copy $tape_sg /tmp/list
  mt -f $short weof 1
  mt -f $short rewind
  dd if=$short of=/tmp/got bs=256k
  part 0 524288
  same /tmp/part /tmp/got
'

step 'a list by hand past early warning ends with COPY ABORTED; what was written can be read' '
  mt -f $short rewind
  list 24 "$(cscd 0 00 00000200)" "$(cscd 3 01 00000000)" "
    00 00 0014 0000 0001 00 010000 0000 ffff 0000000000000000" > /tmp/list
  fails extended_copy $(generic 3) /tmp/list > /tmp/said 2>&1
  has "[Cc]opy [Aa]borted" < /tmp/said
  blocks $disk_sg 512 0 11520
  mv /tmp/got /tmp/part
  mt -f $short rewind
  dd if=$short of=/tmp/got bs=256k count=90
  same /tmp/part /tmp/got
'

step 'a list that cannot be: an unknown segment, a CSCD that is not there, blocks past the end' '
  refused() {
    fails extended_copy $other_sg /tmp/list > /tmp/said 2>&1
    has "$1" < /tmp/said
  }
  list 24 "$(cscd 0 00 00000200)" "$(cscd 1 00 00000200)" "
    7f 00 0014 0000 0001 0000 0064 0000000000000000 00000000" > /tmp/list
  refused "Unsupported segment descriptor type code"
  list 28 "$(cscd 0 00 00000200)" "$(cscd 1 00 00000200)" "
    02 00 0018 0000 0007 0000 0064 0000000000000000 0000000000000400" > /tmp/list
  refused "Unreachable copy target"
  list 28 "$(cscd 0 00 00000200)" "$(cscd 1 00 00000200)" "
    02 00 0018 0000 0001 0000 0064 000000000003ffff 0000000000000400" > /tmp/list
  refused "Third party device failure"
'

step 'ddpt: plain, with FUA, scattered; what the copy manager says of tokens' '
  ddpt if=$disk_sg iflag=pt of=$other_sg oflag=pt,fua bs=512 count=1000 bpt=64
  copied $other_sg 512 0 1000 0
  ddpt if=$disk_sg iflag=pt of=$other_sg oflag=pt bs=512 skip=0,10,100,10 seek=500,20
  copied $other_sg 512 500 10 0
  copied $other_sg 512 510 10 51200
  ddptctl --info $disk_sg
  ddptctl --all_toks $disk_sg
'

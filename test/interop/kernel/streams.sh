# More of the tape driver: records of all lengths, modes mixed, options of st, the end of the short
# tape, and archives over two tapes. LUN 2 and 3.

# at BLOCK: mt tells this position.
at() {
  mt tell | has "^At block $1\.$"
}

# read_back FILE: the file of the tape that begins here holds the bytes of FILE.
read_back() {
  dd if="$TAPE" of=/tmp/got bs=2M
  same "$1" /tmp/got
}

# written_by FILE: records that dd says it wrote, or read.
written_by() {
  sed -n 's/^\([0-9]*\)+.*records out/\1/p' "$1"
}

step 'records of 1 byte to 8 MiB come back as long as they were' '
  noise /tmp/data 8388608
  mt setblk 0
  mt rewind
  sizes="1 2 511 513 4095 65535 65536 262145 1048576 2097152 8388608"
  for size in $sizes; do
    head -c $size /tmp/data > /tmp/part
    dd if=/tmp/part of=$tape bs=$size count=1
  done
  mt rewind
  for size in $sizes; do
    head -c $size /tmp/data > /tmp/part
    dd if=$tape of=/tmp/got bs=8M count=1
    same /tmp/part /tmp/got
    mt fsf 1
  done
'

step 'a file of variable, then one of fixed blocks; either is read in the other mode' '
  head -c 30000 /tmp/data > /tmp/variable
  head -c 40960 /tmp/data > /tmp/fixed
  mt rewind
  dd if=/tmp/variable of=$tape bs=3000
  mt setblk 1024
  dd if=/tmp/fixed of=$tape bs=10240
  mt setblk 0
  mt rewind
  read_back /tmp/variable
  dd if=$tape of=/tmp/got bs=64k 2> /tmp/dd
  same /tmp/fixed /tmp/got
  test "$(written_by /tmp/dd)" = 0
  mt asf 1
  mt setblk 1024
  dd if=$tape of=/tmp/got bs=10240
  same /tmp/fixed /tmp/got
  mt rewind
  fails dd if=$tape of=/tmp/got bs=1024 count=1
  mt setblk 0
'

step 'a buffer that is too small is ENOMEM, and the next record follows' '
  mt rewind
  fails dd if=$tape of=/tmp/got bs=2999 count=1 2> /tmp/dd
  has "Cannot allocate memory" < /tmp/dd
  dd if=$tape of=/tmp/got bs=3000 count=1
  tail -c +3001 /tmp/variable | head -c 3000 | cmp - /tmp/got
'

step 'dd conv=sync pads the last record' '
  head -c 12345 /tmp/data > /tmp/part
  mt rewind
  dd if=/tmp/part of=$tape bs=10240 conv=sync
  { cat /tmp/part; head -c 8135 /dev/zero; } > /tmp/padded
  mt rewind
  read_back /tmp/padded
'

step 'mt fsfm, bsfm, bsf, fsf, bsr over marks' '
  mt rewind
  for count in 1 2 3; do dd if=/tmp/data of=$tape bs=1000 count=$count; done
  mt rewind
  mt fsfm 1
  at 1
  mt fsf 1
  at 2
  mt fsf 1
  at 5
  mt bsfm 1
  at 5
  mt bsf 2
  at 1
  mt fsf 1
  fails mt bsr 1
  at 1
  mt bsr 1
  at 0
  fails mt wset 1
  fails mt fss 1
'

step 'options of st: two marks, fast EOD, SILI, System V, logical positions, no block limits' '
  head -c 20000 /tmp/data > /tmp/part
  mt stsetoptions two-fms
  mt rewind
  dd if=/tmp/part of=$tape bs=1000
  mt stclearoptions two-fms
  mt eod
  at 22
  mt stsetoptions fast-eod
  mt rewind
  mt eod
  at 22
  mt stclearoptions fast-eod
  for option in sili sysv scsi2logical no-blklimits; do
    mt stsetoptions $option
    mt rewind
    read_back /tmp/part
    mt seek 5
    at 5
    mt stclearoptions $option
  done
'

step 'options of st: writes and reads that do not wait' '
  mt stsetoptions buffer-writes async-writes read-ahead no-wait
  mt rewind
  mt setblk 1024
  head -c 307200 /tmp/data > /tmp/part
  dd if=/tmp/part of=$tape bs=10k
  mt rewind
  dd if=$tape of=/tmp/got bs=1k
  same /tmp/part /tmp/got
  mt setblk 0
  mt stclearoptions no-wait
'

step 'mt defblksize, defdensity, defcompression, time limits, retension' '
  mt defblksize 1024
  mt defdensity 0x5e
  mt defcompression 1
  mt defdrvbuffer 1
  mt defblksize -1
  mt defdensity -1
  mt defcompression -1
  mt stwrthreshold 100
  mt sttimeout 200
  mt stlongtimeout 3000
  mt stsetcln 0
  mt rewind
  mt retension
  mt rewind
  mt status | has "BOT ONLINE"
'

step 'the device that rewinds: tar, tar -r, cpio' '
  mt setblk 0
  rewinding=/dev/$(basename $tape | sed "s/^n//")
  tar -C / -cf $rewinding -b 20 etc
  tar -C / -df $rewinding -b 20
  tar -C / -rf $tape -b 20 modules
  mt rewind
  tar -tf $tape -b 20 | has "^modules/"
  mt rewind
  cd /
  find etc | cpio --quiet -o -H newc -B > $rewinding
  mkdir -p /tmp/restored-cpio
  cd /tmp/restored-cpio
  cpio --quiet -i -d -B < $rewinding
  diff -r /etc/iscsi etc/iscsi
'

step 'mt mkpartition: the size from either side' '
  mt stsetoptions can-partitions
  for size in 300 -300; do
    mt rewind
    mt mkpartition $size
    dd if=/tmp/part of=$tape bs=10k
    mt setpartition 1
    dd if=/tmp/fixed of=$tape bs=10k
    mt partseek 0 2
    at 2
    mt partseek 1 3
    at 3
    mt rewind
    read_back /tmp/fixed
    mt setpartition 0
    mt rewind
    read_back /tmp/part
  done
  mt mkpartition 0
  mt stclearoptions can-partitions
'

step 'end of tape in fixed blocks: what dd says it wrote comes back' '
  export TAPE=$short
  mt setblk 32768
  mt rewind
  fails dd if=/dev/zero of=$short bs=1M 2> /tmp/dd
  has "No space left" < /tmp/dd
  mt rewind
  dd if=$short of=/dev/null bs=1M 2> /tmp/read
  test "$(written_by /tmp/dd)" = "$(written_by /tmp/read)"
  mt setblk 0
'

step 'behind early warning there is room for trailers, up to the very end' '
  export TAPE=$short
  mt rewind
  fails dd if=/dev/zero of=$short bs=65536
  head -c 65536 /tmp/data > /tmp/part
  for trailer in 1 2 3; do dd if=/tmp/part of=$short bs=65536; done
  mt rewind
  mt fsf 2
  read_back /tmp/part
  mt eod
  for record in $(seq 64); do dd if=/tmp/part of=$short bs=65536 count=1 || break; done
  test $record -lt 64
  mt weof 1
  mt rewind
  mt eod
  mt status | has "EOD"
  sg_logs --page=0x2e $(generic 3)
'

step 'tar over the ends of two tapes restores what it wrote' '
  noise /tmp/large 10000000
  mt -f $short rewind
  mt -f $tape rewind
  cd /tmp
  echo "mt -f $tape rewind; echo $tape >&\$TAR_FD" > /tmp/next
  tar -cMf $short -b 128 -F "sh /tmp/next" large
  mt -f $short rewind
  mkdir -p /tmp/restored-large
  cd /tmp/restored-large
  timeout 120 tar -xMf $short -b 128 -F "sh /tmp/next"
  same large /tmp/large
'

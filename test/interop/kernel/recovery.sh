# The target is killed in the middle of transfers and started again; the kernel goes on by itself.

step 'a file system outlives the target, its writes go on' '
  mkfs.ext4 -q $disk
  mount $disk /mnt
  noise /tmp/data 8400000
  dd if=/tmp/data of=/mnt/file bs=64k conv=fsync 2> /tmp/dd &
  retry test -s /mnt/file
  ask "kill and restart"
  wait $!
  cat /tmp/dd
  echo 3 > /proc/sys/vm/drop_caches
  cmp /tmp/data /mnt/file
  umount /mnt
  fsck.ext4 -f -n $disk
'

step 'direct writes and reads go on' '
  dd if=/tmp/data of=$other bs=256k oflag=direct,sync count=32 2> /tmp/dd &
  ask "kill and restart"
  wait $!
  dd if=$other of=/tmp/got bs=256k iflag=direct count=32 &
  ask "kill and restart"
  wait $!
  cmp -n 8388608 /tmp/data /tmp/got
'

# The reader writes to a pipe that nobody empties: it stands in the middle of the tape's file.
step 'a tape keeps what a mark has made durable; a read under way fails' '
  mt setblk 0
  mt rewind
  dd if=/tmp/data of=$tape bs=64k count=60
  mt rewind
  mkfifo /tmp/pipe
  dd if=$tape of=/tmp/pipe bs=64k &
  reader=$!
  exec 4< /tmp/pipe
  head -c 655360 <&4 | cmp -n 655360 - /tmp/data
  ask "kill and restart"
  cat <&4 > /tmp/rest
  exec 4<&-
  fails wait $reader
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  cmp -n 3932160 /tmp/data /tmp/got
  mt rewind
  dd if=/tmp/data of=$tape bs=64k count=30
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  cmp -n 1966080 /tmp/data /tmp/got
'

# The writer reads from a pipe: it stands in the middle of its file while the target is killed.
step 'a tape that is written while the target is killed keeps the file before' '
  mt rewind
  dd if=/tmp/data of=$tape bs=64k count=20
  dd if=/tmp/pipe of=$tape bs=64k iflag=fullblock &
  writer=$!
  exec 4> /tmp/pipe
  head -c 1310720 /tmp/data >&4
  ask "kill and restart"
  head -c 1310720 /tmp/data >&4 || true
  exec 4>&-
  fails wait $writer
  mt rewind
  dd if=$tape of=/tmp/got bs=64k
  cmp -n 1310720 /tmp/data /tmp/got
  test $(stat -c %s /tmp/got) = 1310720
  dd if=/tmp/data of=$tape bs=64k count=30
  mt rewind
  mt fsf 1
  dd if=$tape of=/tmp/got bs=64k
  cmp -n 1966080 /tmp/data /tmp/got
'

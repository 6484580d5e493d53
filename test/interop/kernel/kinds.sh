# Disks of other kinds: LUN 3 of 4096-byte blocks, LUN 4 of 512-byte blocks in physical ones of
# 4096 (512e), LUN 5 that cannot be written.

large=$(block 3) emulated=$(block 4) fixed=$(block 5)
large_sg=$(generic 3) emulated_sg=$(generic 4) fixed_sg=$(generic 5)

# queue DISK NAME: what the block layer knows of a disk.
queue() {
  cat /sys/block/"$(basename "$1")"/queue/"$2"
}

# uncached FILE DISK: the disk begins with the bytes of the file.
uncached() {
  echo 3 > /proc/sys/vm/drop_caches
  cmp -n "$(stat -c %s "$1")" "$1" "$2"
}

step 'sd: knows logical and physical blocks, and what cannot be written' '
  for sg in $large_sg $emulated_sg $fixed_sg; do retry sg_turs $sg; done
  test "$(queue $large logical_block_size)" = 4096
  test "$(queue $emulated logical_block_size)" = 512
  test "$(queue $emulated physical_block_size)" = 4096
  test "$(blockdev --getsize64 $large)" = 402653184
  test "$(blockdev --getro $large)" = 0
  test "$(blockdev --getro $fixed)" = 1
  sg_readcap --16 $emulated_sg | has "blocks per physical block exponent=3"
'

step 'mkfs.xfs, fstrim, xfs_repair: a file system on 4096-byte blocks' '
  noise /tmp/data 9500000
  mkfs.xfs -q $large
  mount $large /mnt
  cp /tmp/data /mnt/file
  cp -r /etc /mnt/etc
  umount /mnt
  xfs_repair -n $large
  mount $large /mnt
  cmp /tmp/data /mnt/file
  rm /mnt/file
  fstrim -v /mnt | has "trimmed"
  umount /mnt
  xfs_repair -n $large
'

step 'mkfs.ext4 with discard on 4096-byte blocks' '
  mkfs.ext4 -q $large
  mount -o discard $large /mnt
  cp /tmp/data /mnt/file
  umount /mnt
  fsck.ext4 -f -n $large
  mount $large /mnt
  cmp /tmp/data /mnt/file
  umount /mnt
'

step 'a disk that grew: told, read again, the file system made larger' '
  ask "make the disk longer"
  retry sh -c "sg_readcap --16 $large_sg | grep blocks=131072"
  echo 1 > $(device 3)/rescan
  test "$(blockdev --getsize64 $large)" = 536870912
  dmesg | has "Capacity data has changed|detected capacity change"
  fsck.ext4 -f -y $large
  resize2fs $large
  mount $large /mnt
  cmp /tmp/data /mnt/file
  test "$(df -k /mnt | tail -1 | sed "s/  */ /g" | cut -d" " -f2)" -gt 400000
  umount /mnt
'

step 'mkfs.vfat, fsck.vfat on 512e' '
  mkfs.vfat $emulated
  mount -t vfat $emulated /mnt
  cp /tmp/data /mnt/file
  umount /mnt
  fsck.vfat -n $emulated
  mount -t vfat $emulated /mnt
  cmp /tmp/data /mnt/file
  umount /mnt
'

# Of less than a burst, of several, and of more than MaxBurstLength.
step 'direct transfers of 4 KiB to 9 MiB' '
  for disk in $large $emulated; do
    for size in 4096 61440 1048576 9437184; do
      head -c $size /tmp/data > /tmp/part
      dd if=/tmp/part of=$disk bs=$size count=1 oflag=direct
      dd if=$disk of=/tmp/got bs=$size count=1 iflag=direct
      same /tmp/part /tmp/got
    done
  done
'

step 'direct transfers that are no multiple of a physical block' '
  head -c 1537536 /tmp/data > /tmp/part
  dd if=/tmp/part of=$emulated bs=1536 seek=3 oflag=direct
  dd if=$emulated of=/tmp/got bs=512 skip=9 count=3003 iflag=direct
  same /tmp/part /tmp/got
'

step 'buffered writes of odd lengths' '
  head -c 2999999 /tmp/data > /tmp/part
  for disk in $large $emulated; do
    dd if=/tmp/part of=$disk bs=5000 conv=fsync
    uncached /tmp/part $disk
  done
'

step 'blkdiscard: a part, a part by zeros, all of it' '
  head -c 4194304 /dev/zero > /tmp/zeros
  for disk in $large $emulated; do
    dd if=/tmp/data of=$disk bs=1M conv=fsync
    blkdiscard -o 1M -l 4M $disk
    dd if=$disk of=/tmp/got bs=1M skip=1 count=4 iflag=direct
    same /tmp/zeros /tmp/got
    blkdiscard -z -o 6M -l 3M $disk
    dd if=$disk of=/tmp/got bs=1M skip=6 count=3 iflag=direct
    cmp -n 3145728 /tmp/zeros /tmp/got
    dd if=$disk of=/tmp/got bs=1M skip=5 count=1 iflag=direct
    dd if=/tmp/data of=/tmp/part bs=1M skip=5 count=1
    same /tmp/part /tmp/got
    blkdiscard -f $disk
    dd if=$disk of=/tmp/got bs=1M count=4 iflag=direct
    same /tmp/zeros /tmp/got
  done
'

step 'sg3-utils write blocks of 4096 bytes in every way' '
  head -c 4096 /tmp/data > /tmp/part
  dd if=/tmp/data of=/tmp/other bs=4096 skip=1 count=1
  sg_write_same --16 --in=/tmp/part --lba=100 --num=50 $large_sg
  sg_write_same --16 --ndob --lba=110 --num=5 $large_sg
  rm -f /tmp/got
  sg_dd if=$large_sg of=/tmp/got bs=4096 skip=149 count=1
  same /tmp/part /tmp/got
  cat /tmp/part /tmp/other > /tmp/both
  sg_compare_and_write --in=/tmp/both --lba=149 --num=1 --xferlen=8192 $large_sg
  sg_dd if=$large_sg of=/tmp/got bs=4096 skip=149 count=1
  same /tmp/other /tmp/got
  sg_write_verify --16 --in=/tmp/part --lba=149 --num=1 --ilen=4096 $large_sg
  sg_verify --16 --ndo=4096 --in=/tmp/part --lba=149 --count=1 $large_sg
  sg_write_x --or --in=/tmp/other --lba=7 --num=1 --bs=4096 $large_sg
  sg_write_x --atomic=0 --in=/tmp/other --lba=8 --num=1 --bs=4096 $large_sg
  sg_unmap --force --lba=100,200 --num=20,5 $large_sg
  sg_get_lba_status --lba=100 $large_sg | has "deallocated|not mapped"
  sgp_dd if=$large_sg of=/dev/null bs=4096 count=1000 thr=4
  sgm_dd if=$large_sg of=/dev/null bs=4096 count=1000
'

step 'a disk that cannot be written: by the kernel, by commands, by a copy' '
  head -c 25 $fixed | has "a disk that nobody writes"
  fails dd if=/dev/zero of=$fixed bs=4096 count=1 oflag=direct
  for command in "2a 00 00 00 00 00 00 00 01 00" \
    "93 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00"; do
    fails sg_raw --send=512 --infile=/dev/zero $fixed_sg $command 2> /tmp/said
    has "Write protected" < /tmp/said
  done
  fails sg_unmap --force --lba=0 --num=1 $fixed_sg
  fails sg_xcopy if=$emulated_sg of=$fixed_sg bs=512 count=10
  sg_xcopy if=$fixed_sg of=$emulated_sg bs=512 count=10
  head -c 25 $emulated | has "a disk that nobody writes"
'

step 'reads and writes past the end are refused' '
  dd if=$emulated of=/dev/null bs=512 skip=131072 count=1 2>&1 | has "^0\+0 records in"
  fails dd if=/dev/zero of=$emulated bs=512 seek=131072 count=1 oflag=direct
  for command in "28 00 00 01 ff ff 00 00 02 00" \
    "88 00 ff ff ff ff ff ff ff ff 00 00 00 01 00 00"; do
    fails sg_raw --request=1024 $emulated_sg $command 2> /tmp/said
    has "Logical block address out of range" < /tmp/said
  done
'

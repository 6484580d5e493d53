# The disk driver, file systems and sg3-utils on LUN 0 and 1, of 512-byte blocks.

# read_block LBA: a block of the other disk in /tmp/got.
read_block() {
  rm -f /tmp/got
  sg_dd if=$other_sg of=/tmp/got bs=512 skip="$1" count=1
}

step 'sd: knows size, cache and limits' '
  test "$(blockdev --getsize64 $disk)" = 134217728
  dmesg | has "Write cache: enabled, read cache: enabled, supports DPO and FUA"
  queue=/sys/block/$(basename $disk)/queue
  test "$(cat $queue/logical_block_size)" = 512
  test "$(cat $queue/discard_max_bytes)" -gt 0
  test "$(cat $queue/write_zeroes_max_bytes)" -gt 0
  cat $(device 0)/scsi_disk/*/provisioning_mode | has "unmap|writesame_16"
'

step 'sd: turns its write cache off and on again' '
  cache=$(echo $(device 0)/scsi_disk/*/cache_type)
  echo "write through" > $cache
  has "write through" < $cache
  sg_modes --page=8 $disk_sg | has "WCE|Caching"
  echo "write back" > $cache
  has "write back" < $cache
'

step 'partitions a disk' '
  printf "label: gpt\nsize=32M\nsize=64M\n" | sfdisk $disk
  sfdisk --verify $disk
  retry test -b ${disk}2
'

step 'makes, mounts, fills and checks ext4' '
  mkfs.ext4 -q ${disk}2
  mount -o discard ${disk}2 /mnt
  noise /tmp/content 4000000
  cp /tmp/content /mnt/file
  cp -r /etc /mnt/etc
  sync
  umount /mnt
  fsck.ext4 -f -n ${disk}2
  mount ${disk}2 /mnt
  cmp /tmp/content /mnt/file
'

step 'fstrim: gives back what a removed file had' '
  rm /mnt/file
  sync
  fstrim -v /mnt | has "trimmed"
  umount /mnt
  fsck.ext4 -f -n ${disk}2
'

step 'blkdiscard: discards, and zeroes' '
  noise /tmp/noise 1048576
  dd if=/tmp/noise of=$other bs=64k conv=fsync
  blkdiscard -o 262144 -l 524288 $other
  dd if=$other bs=64k count=16 iflag=direct of=/tmp/got
  head -c 524288 /dev/zero | cmp -n 524288 - /tmp/got 0 262144
  cmp -n 262144 /tmp/noise /tmp/got
  blkdiscard -z -o 0 -l 262144 $other
  dd if=$other bs=64k count=4 iflag=direct of=/tmp/got
  head -c 262144 /dev/zero | cmp - /tmp/got
'

step 'sg_get_lba_status: tells blocks that are not mapped' '
  sg_get_lba_status --lba=1024 $other_sg | has "deallocated|not mapped|Provisioning status: .*[12]"
'

step 'sg_inq, sg_vpd: identity' '
  sg_inq $disk_sg | has "Vendor identification: SRVFREE"
  for page in $(sg_vpd --page=0 $disk_sg | sed -n "s/^ *\(0x[0-9a-f]*\).*/\1/p"); do
    sg_vpd --page=$page $disk_sg > /tmp/page
    fails grep -Ei "truncated|bad|error" /tmp/page
  done
  sg_vpd --page=di $disk_sg | has "NAA"
  sg_vpd --page=tpc $disk_sg | has "Third party copy"
'

step 'sg_readcap: size and provisioning' '
  sg_readcap --long $disk_sg > /tmp/said
  has "Number of logical blocks=262144" < /tmp/said
  has "lbpme=1" < /tmp/said
  sg_readcap $disk_sg | has "block length=512"
'

step 'sg_modes: every page, current, changeable, default and saved' '
  for control in 0 1 2 3; do
    sg_modes --all --control=$control $disk_sg
    sg_modes --six --all --control=$control $disk_sg
  done
  sg_modes --all $disk_sg | has "Caching"
  sg_modes --all $disk_sg | has "Control"
'

step 'sg_opcodes: all commands, and one with its timeouts' '
  sg_opcodes $disk_sg > /tmp/opcodes
  has "Read\(16\)" < /tmp/opcodes
  has "Write\(16\)" < /tmp/opcodes
  sg_opcodes --rctd $disk_sg
  sg_opcodes --opcode=0x2a $disk_sg | has "[Ww]rite\(10\)|supported"
'

step 'sg_luns, sg_turs, sg_requests, sg_logs, sg_senddiag' '
  sg_luns $disk_sg | has "imples 4 lun entries|Number of LUNs = 4"
  sg_turs $disk_sg
  sg_requests $disk_sg
  sg_logs --page=0 $disk_sg
  sg_senddiag --test $disk_sg
'

step 'sg_unmap: unmaps blocks, which read as zeros' '
  dd if=/tmp/noise of=$other bs=512 count=64 conv=fsync
  sg_unmap --force --lba=8 --num=16 $other_sg
  rm /tmp/got
  sg_dd if=$other_sg of=/tmp/got bs=512 count=64
  cmp -n 4096 /tmp/noise /tmp/got
  head -c 8192 /dev/zero > /tmp/zeros
  dd if=/tmp/got bs=512 skip=8 count=16 | cmp - /tmp/zeros
'

step 'sg_write_same: a block many times, in 10, 16 and with unmapping' '
  head -c 512 /tmp/noise > /tmp/block
  for size in --10 --16; do
    sg_write_same $size --in=/tmp/block --lba=100 --num=50 $other_sg
    read_block 149
    cmp /tmp/block /tmp/got
  done
  sg_write_same --16 --unmap --lba=100 --num=50 $other_sg
  read_block 149
  head -c 512 /dev/zero | cmp - /tmp/got
'

step 'sg_compare_and_write: writes if the blocks are equal only' '
  sg_dd if=/tmp/noise of=$other_sg bs=512 count=2 seek=7
  dd if=/tmp/noise bs=512 count=1 skip=0 of=/tmp/old
  dd if=/tmp/noise bs=512 count=1 skip=5 of=/tmp/new
  cat /tmp/old /tmp/new > /tmp/both
  sg_compare_and_write --in=/tmp/both --lba=7 --num=1 --xferlen=1024 $other_sg
  read_block 7
  cmp /tmp/got /tmp/new
  fails sg_compare_and_write --in=/tmp/both --lba=7 --num=1 --xferlen=1024 $other_sg
  read_block 7
  cmp /tmp/got /tmp/new
'

step 'sg_verify, sg_sync, sg_write_verify, sg_seek' '
  sg_verify --lba=7 --count=10 $other_sg
  sg_verify --ndo=512 --in=/tmp/new --lba=7 --count=1 $other_sg
  fails sg_verify --ndo=512 --in=/tmp/old --lba=7 --count=1 $other_sg
  sg_sync $other_sg
  sg_sync --16 $other_sg
  sg_write_verify --16 --in=/tmp/old --lba=9 --num=1 --ilen=512 $other_sg
  read_block 9
  cmp /tmp/got /tmp/old
'

step 'sg_dd: 6, 10, 12 and 16 byte commands, FUA and DPO' '
  for size in 6 10 12 16; do
    sg_dd if=/tmp/noise of=$other_sg bs=512 count=64 cdbsz=$size
    rm /tmp/got
    sg_dd if=$other_sg of=/tmp/got bs=512 count=64 cdbsz=$size
    cmp -n 32768 /tmp/noise /tmp/got
  done
  sg_dd if=/tmp/noise of=$other_sg bs=512 count=64 oflag=fua,dpo
  sg_dd if=$other_sg iflag=fua,dpo of=/dev/null bs=512 count=64
'

step 'sg_wr_mode: a saved value outlives a reset' '
  sg_wr_mode --save --page=8 --contents=8,12,0 --mask=0,0,4 $other_sg
  sg_reset --device $other_sg
  retry sg_turs $other_sg
  sg_modes --control=3 --page=8 $other_sg | has " [08]8 12 00"
  sg_modes --page=8 $other_sg | has " [08]8 12 00"
  sg_wr_mode --save --page=8 --contents=8,12,4 --mask=0,0,4 $other_sg
'

step 'sg_format, sg_sanitize: the disk is ready behind them, and empty' '
  sg_format --format --quick --wait $other_sg
  retry sg_turs $other_sg
  dd if=/tmp/noise of=$other bs=64k conv=fsync
  sg_sanitize --block --quick --early $other_sg
  retry sg_turs $other_sg
  head -c 1048576 $other > /tmp/got
  head -c 1048576 /dev/zero | cmp - /tmp/got
'

step 'sg_start: stops, starts' '
  sg_start --stop $other_sg
  sg_start --start $other_sg
  sg_turs $other_sg
'

step 'writes at once to two disks, and reads back' '
  noise /tmp/one 9000000
  dd if=/tmp/one of=$disk bs=1M conv=fsync &
  dd if=/tmp/one of=$other bs=128k conv=fsync &
  wait
  echo 3 > /proc/sys/vm/drop_caches
  cmp -n 9000000 /tmp/one $disk
  cmp -n 9000000 /tmp/one $other
'

step 'a long write needs several R2T, a long read several Data-In' '
  dd if=/tmp/one of=$disk bs=8M count=1 oflag=direct seek=2
  dd if=$disk of=/tmp/got bs=8M count=1 iflag=direct skip=2
  cmp -n 8388608 /tmp/one /tmp/got
'

# Persistent reservations of a disk by two initiators: $disk_sg is that of the first, $second_sg
# that of another name.

second="iscsiadm -m node -T $IQN -p $PORTAL -I second"
first_key=0xabc
second_key=0xdef

out() {
  sg_persist --out "$@"
}

# settle SG…: takes the unit attentions that wait there; sg_persist does not try again.
settle() {
  for sg in "$@"; do retry sg_turs "$sg"; done
}

step 'a second initiator logs in' '
  iscsiadm -m iface -I second -o new
  iscsiadm -m iface -I second -o update -n iface.initiatorname -v iqn.1993-08.org.debian:01:other
  $second -o new
  $second --login
  retry test -e /sys/class/scsi_device/1:0:0:0/device/scsi_generic
'
second_sg=/dev/$(ls /sys/class/scsi_device/1:0:0:0/device/scsi_generic)

step 'sg_persist: capabilities, no keys, no reservation' '
  sg_persist --in --report-capabilities $disk_sg | has "Persist Through Power Loss"
  sg_persist --in --read-keys $disk_sg | has "NO registered reservation keys"
  sg_persist --in --read-reservation $disk_sg | has "NO reservation held"
'

step 'sg_persist: both register, and see both keys with their names' '
  out --register --param-sark=$first_key $disk_sg
  out --register --param-sark=$second_key $second_sg
  sg_persist --in --read-keys $disk_sg > /tmp/keys
  has "0xabc" < /tmp/keys
  has "0xdef" < /tmp/keys
  sg_persist --in --read-full-status $disk_sg > /tmp/full
  has "iqn.1993-08.org.debian:01:kernel" < /tmp/full
  has "iqn.1993-08.org.debian:01:other" < /tmp/full
'

step 'sg_persist: a wrong key conflicts' '
  fails out --reserve --param-rk=0x123 --prout-type=1 $disk_sg
'

for_type() {
  out --reserve --param-rk=$first_key --prout-type="$1" "$disk_sg"
  sg_persist --in --read-reservation "$disk_sg" | has "$2"
  fails out --reserve --param-rk=$second_key --prout-type="$1" "$second_sg"
  sg_dd if=/dev/zero of="$disk_sg" bs=512 count=1
  "$3" sg_dd if="$second_sg" of=/dev/null bs=512 count=1
  "$4" sg_dd if=/dev/zero of="$second_sg" bs=512 count=1
  out --release --param-rk=$first_key --prout-type="$1" "$disk_sg"
  sg_persist --in --read-reservation "$disk_sg" | has "NO reservation held"
}
may() {
  "$@"
}

step 'sg_persist: write exclusive' 'for_type 1 "Write Exclusive" may fails'
step 'sg_persist: exclusive access' 'for_type 3 "Exclusive Access" fails fails'
step 'sg_persist: write exclusive, registrants only' '
  for_type 5 "Write Exclusive, registrants" may may
'
step 'sg_persist: exclusive access, registrants only' '
  for_type 6 "Exclusive Access, registrants" may may
'

step 'sg_persist: who is not registered is kept out' '
  settle $second_sg
  out --register --param-rk=$second_key --param-sark=0 $second_sg
  out --reserve --param-rk=$first_key --prout-type=6 $disk_sg
  fails sg_dd if=$second_sg of=/dev/null bs=512 count=1
  sg_inq $second_sg | has "SRVFREE"
  out --register --param-sark=$second_key $second_sg
  sg_dd if=$second_sg of=/dev/null bs=512 count=1
'

step 'sg_persist: preempts, and the one preempted is told' '
  out --preempt --param-rk=$second_key --param-sark=$first_key --prout-type=1 $second_sg
  sg_persist --in --read-reservation $second_sg | has "0xdef"
  fails sg_dd if=/dev/zero of=$disk_sg bs=512 count=1 retries=0
  sg_persist --in --read-keys $second_sg > /tmp/keys
  fails grep 0xabc /tmp/keys
'

step 'sg_persist: preempts and aborts, clears' '
  settle $disk_sg
  out --register --param-sark=$first_key $disk_sg
  out --preempt-abort --param-rk=$first_key --param-sark=$second_key --prout-type=3 $disk_sg
  sg_persist --in --read-reservation $disk_sg | has "0xabc"
  out --clear --param-rk=$first_key $disk_sg
  sg_persist --in --read-keys $disk_sg > /tmp/keys
  fails grep 0xabc /tmp/keys
'

step 'sg_persist: registers and ignores an old key, moves a reservation' '
  settle $disk_sg $second_sg
  out --register-ignore --param-sark=$first_key $disk_sg
  out --register --param-sark=$second_key $second_sg
  out --reserve --param-rk=$first_key --prout-type=1 $disk_sg
  out --register-move --param-rk=$first_key --param-sark=$second_key --relative-target-port=1 \
    --transport-id=iqn.1993-08.org.debian:01:other $disk_sg
  sg_persist --in --read-reservation $disk_sg | has "0xdef"
  out --clear --param-rk=$second_key $second_sg
'

step 'sg_persist: a tape drive as well' '
  settle $tape_sg
  out --register --param-sark=$first_key $tape_sg
  out --reserve --param-rk=$first_key --prout-type=3 $tape_sg
  sg_persist --in --read-reservation $tape_sg | has "Exclusive Access"
  mt rewind
  out --clear --param-rk=$first_key $tape_sg
'

step 'a registration with APTPL outlives the target' '
  settle $disk_sg $second_sg
  out --register --param-sark=$first_key --param-aptpl $disk_sg
  out --reserve --param-rk=$first_key --prout-type=1 $disk_sg
  ask "kill and restart"
  settle $disk_sg $second_sg
  sg_persist --in --read-reservation $disk_sg | has "0xabc"
  fails sg_dd if=/dev/zero of=$second_sg bs=512 count=1 retries=0
  sg_dd if=/dev/zero of=$disk_sg bs=512 count=1
  out --clear --param-rk=$first_key $disk_sg
'

step 'the second initiator logs out' '
  $second --logout
'

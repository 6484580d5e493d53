# A tape that is written once, LUN 6: appended to, never overwritten.

worm=$(tape 6) worm_sg=$(generic 6)
export TAPE=$worm

step 'a WORM tape is written and appended to' '
  mt setblk 0
  noise /tmp/first 300000
  noise /tmp/second 123456
  dd if=/tmp/first of=$worm bs=10000
  dd if=/tmp/second of=$worm bs=10000
  mt rewind
  mt eod
  dd if=/tmp/second of=$worm bs=10000
  mt rewind
  for file in first second second; do
    dd if=$worm of=/tmp/got bs=64k
    same /tmp/$file /tmp/got
  done
'

step 'a WORM tape is not overwritten, not erased, not formatted; all of it is there' '
  mt rewind
  fails dd if=/tmp/second of=$worm bs=10000 count=1
  mt rewind
  mt fsf 1
  fails dd if=/tmp/second of=$worm bs=10000 count=1
  mt rewind
  fails mt erase
  fails sg_raw $worm_sg 04 00 00 00 00 00
  mt rewind
  dd if=$worm of=/tmp/got bs=64k
  same /tmp/first /tmp/got
'

step 'sg_read_attr: says that the medium is WORM' '
  sg_read_attr $worm_sg | has "Medium type: 0x80"
'

# What Bacula works with: LUN 0 is a changer, all its slots full, with 2 drives, LUN 1 and 2; LUN 3
# is a tape in its drive. Every verdict is the one that the program itself gives.
iscsi_start

# says LINE…: all of them, in what the program said.
says() {
  for line in "$@"; do has "$line" < /tmp/said; done
}

step 'finds a changer, its drives, a tape' '
  $node -o new
  $node --login
  appear 0 1 2 3
  ln -s $(generic 0) /dev/changer
  for drive in 0 1; do
    ln -s $(tape $((drive + 1))) /dev/drive$drive
    ln -s $(generic $((drive + 1))) /dev/drive$drive-generic
  done
  ln -s $(tape 3) /dev/single
'

# Bacula's daemons: they label cartridges, save files, restore them, copy what they saved.

# console LINE…: the director does these; what it says is in /tmp/said. It waits for an operator
# for ever if it has no volume.
console() {
  printf '%s\n' "$@" | timeout 120 bconsole -c /etc/bacula/bconsole.conf > /tmp/said 2>&1 \
    || { tail -n 30 /tmp/said; return 1; }
}

step 'the daemons start, with a catalog' '
  sed s/XXX_DBNAME_XXX/bacula/ /usr/share/bacula-director/make_sqlite3_tables | sh
  for daemon in sd fd dir; do bacula-$daemon -c /etc/bacula/bacula-$daemon.conf; done
  retry bconsole -c /etc/bacula/bconsole.conf < /dev/null
  console "status storage=library"
  says "^guest-sd Version:" "Device Tape: \"drive1\""
'

step 'label barcodes: a volume on each of four cartridges' '
  console "label barcodes storage=library drive=0 pool=Full slots=1-2" yes
  test "$(grep -c "^3000 OK label" /tmp/said)" = 2
  console "label barcodes storage=library drive=1 pool=Copies slots=3-4" yes
  test "$(grep -c "^3000 OK label" /tmp/said)" = 2
'

step 'a backup fills a cartridge and goes on on the next' '
  console "run job=save yes" wait messages
  says "Re-read of last block succeeded" "End of medium on Volume" "New volume .* mounted" \
    "Volume name\(s\): +CH[0-9]*L8\|CH[0-9]*L8$" "SD Errors: +0$" "Termination: +Backup OK$"
'

# restored FOLDER: what is below it is what was saved, with its modes, owners and times.
restored() {
  tar -C / -cf - usr/bin usr/sbin usr/lib/bacula | tar -C "$1" -df -
  rm -r "$1"
}

step 'a restore gives the same files' '
  console "restore client=guest-fd where=/tmp/restored select all done yes" wait messages
  says "FD Errors: +0$" "Termination: +Restore OK$"
  restored /tmp/restored
'

step 'a copy job reads in one drive and writes in the other' '
  console "run job=copy yes" wait messages
  says "Using Device .drive0. to (read|write)" "Using Device .drive1. to (read|write)" \
    "SD Errors: +0$" "Termination: +Copying OK$"
'

step 'a target killed and started again: the next backup appends, all can be restored' '
  ask "kill and restart"
  noise /usr/lib/bacula/later 3000000
  console "run job=save level=Incremental yes" wait messages
  says "SD Errors: +0$" "Termination: +Backup OK$"
  console "restore client=guest-fd where=/tmp/restored select all done yes" wait messages
  says "FD Errors: +0$" "Termination: +Restore OK$"
  restored /tmp/restored
'

# sums FOLDER: of the regular files that were saved, below it; bextract makes no links.
sums() {
  (cd "$1" && find usr/bin usr/sbin usr/lib/bacula -type f | sort | xargs sha1sum)
}

step 'bls, bextract: read the volumes of all jobs without daemons and a catalog' '
  console "umount storage=library drive=0" "umount storage=library drive=1"
  read="-c /etc/bacula/bacula-sd.conf -b /tmp/save.bsr"
  timeout 120 bls $read -j drive0 > /tmp/said 2>&1 || { tail /tmp/said; exit 1; }
  says "Level=F .*Errors=0 Status=T" "Level=I .*Errors=0 Status=T"
  mkdir /tmp/extracted
  timeout 120 bextract $read drive0 /tmp/extracted > /tmp/said 2>&1 || { tail /tmp/said; exit 1; }
  sums / > /tmp/wanted
  sums /tmp/extracted | diff /tmp/wanted -
  test -s /tmp/wanted
'

# Bacula's own test of tape drives and changers.

# tested DEVICE LINE…: btape with these lines as its input; what it says is in /tmp/said.
tested() {
  device=$1
  shift
  printf '%s\n' "$@" quit | btape -c /etc/bacula/bacula-sd.conf "$device" > /tmp/said 2>&1 \
    || { tail -n 30 /tmp/said; return 1; }
}

step 'btape test: writes and reads again, positions, appends, spaces over files' '
  tested single test
  says "^10000 blocks re-read correctly" "^Block 20000 re-read correctly" \
    "^=== Test Succeeded\. End Write, rewind, and re-read test" \
    "^We should be in file 4\. I am at file 4\. This is correct" \
    "^Block re-read correct\. Test succeeded" \
    "^We should be in file 5\. I am at file 5\. This is correct" \
    "^=== End Forward space files test"
  sed -n "/^Doing Bacula scan/,/^End scanning/p" /tmp/said \
    | grep -E "^([0-9]* block|Total|End of)" > /tmp/scan
  cat > /tmp/expected << END
1 block of 4032 bytes in file 1
End of File mark.
2 blocks of 4032 bytes in file 2
End of File mark.
3 blocks of 4032 bytes in file 3
End of File mark.
1 block of 4032 bytes in file 4
End of File mark.
Total files=4, blocks=7, bytes = 28,224
END
  diff /tmp/expected /tmp/scan
  fails grep -E "ERR=|[Ff]ailed|NOT correct" /tmp/said
'

step 'btape autochanger: unloads what the drive holds, loads slot 1, writes' '
  mtx -f /dev/changer load 6 0
  tested drive0 autochanger y
  says "^Slot 6 loaded" "^unload status=OK" "^3303 .*status is OK" "^The test autochanger worked"
  mtx -f /dev/changer unload 1 0
'

# Fills a cartridge and begins another, then reads both again. It takes the first 10000 blocks to
# fit on one.

step 'btape fill: two cartridges' '
  mtx -f /dev/changer load 3 0
  tested drive0 fill m
  says "Re-read of last block succeeded" \
    "^The last block of the first tape matches" "^The first block on the second tape matches" \
    "^The last block on the second tape matches\. Test succeeded"
'

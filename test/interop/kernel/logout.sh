step 'logs out, and the devices go' '
  $node --logout
  retry sh -c "! ls /sys/class/scsi_device/*"
'

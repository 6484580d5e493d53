#!/bin/dash
# The first process of the guest: brings up devices, modules and the network, runs the script.
/bin/busybox mkdir -p /busybox
/bin/busybox --install -s /busybox
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/busybox HOME=/root LC_ALL=C
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
ln -sf mt-st /bin/mt
ln -sf dash /bin/sh
exec 2>/dev/console
for module in /modules/*; do insmod "$module"; done
echo 'root:x:0:0:root:/root:/bin/sh' > /etc/passwd
echo '127.0.0.1 localhost' > /etc/hosts
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
stty -F /dev/ttyS1 raw -echo
exec 3<>/dev/ttyS1
. /settings.sh
. /steps.sh
. /script.sh
printf 'END\n' >&3
sync
sleep 1
echo o > /proc/sysrq-trigger
sleep 60

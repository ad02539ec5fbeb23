#!/bin/sh
# Runs inside the new base, after its packages are installed and files/ is copied in.
set -eu

# A host makes its own identity at its first boot.
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/hostname
: > /etc/machine-id

# The registry's binary is run from the base, for all hosts: no host runs one of its own.
systemctl disable docker-registry.service
systemctl enable cgroups-writable.service

# cloud-init knows EC2 by the machine's DMI, and a container has none: it would read the metadata without a token.
ec2=/usr/lib/python3/dist-packages/cloudinit/sources/DataSourceEc2.py
sed -i 's/lambda x: CloudNames.UNKNOWN/lambda x: CloudNames.AWS/' "$ec2"
grep -q 'lambda x: CloudNames.AWS' "$ec2"

# The network is set up from outside before a host boots: one stage of cloud-init fewer, which would wait for DHCP.
systemctl mask cloud-init-local.service

# In Debian 13 all stages are one process, which would wait for that one: there each stage runs by itself, as in Debian 12.
stage() {
    drop_in=/etc/systemd/system/$1.service.d
    mkdir -p "$drop_in"
    printf '[Service]\nExecStart=\nExecStart=/usr/bin/cloud-init %s\n' "$2" >"$drop_in/60-stage.conf"
}
if [ -e /lib/systemd/system/cloud-init-main.service ]; then
    systemctl mask cloud-init-main.service
    stage cloud-init-network init
    stage cloud-config 'modules --mode=config'
    stage cloud-final 'modules --mode=final'
    cp /etc/systemd/system/cloud-init.service.d/50-sandbox.conf /etc/systemd/system/cloud-init-network.service.d/
fi

# Work for a machine that lives for months, or hardware that no container has.
systemctl mask \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
    e2scrub_reap.service systemd-pstore.service cloud-init-hotplugd.socket console-getty.service \
    dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
    modprobe@drm.service modprobe@efi_pstore.service

rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
mkdir -p /var/log

# docker's answer to whether its images are in containerd's store
docker info --format '{{ '{{.DriverStatus}}' }}' | grep -q containerd.snapshotter && echo "containerd's" || echo "docker's own"

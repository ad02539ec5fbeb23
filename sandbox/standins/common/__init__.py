"""What the stand-ins share: docker by its socket, HTTP both ways, ZooKeeper and its elections, flags."""

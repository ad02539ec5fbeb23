"""Real Linux hosts on this machine: their image, their network, their life."""

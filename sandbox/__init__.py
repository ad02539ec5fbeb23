"""Whole Linux hosts and a stand-in for the AWS API, on one machine."""

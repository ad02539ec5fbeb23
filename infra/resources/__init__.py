"""The Pulumi resources: the only room that imports Pulumi's providers."""

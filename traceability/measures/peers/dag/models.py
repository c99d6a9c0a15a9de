"""Batches and links as django-dag wants them."""

from __future__ import annotations

from django.db import models
from django_dag.models import edge_factory, node_factory


class Edge(edge_factory("Node", concrete=False)):
    """Goods went from the parent into the child."""

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"


class Node(node_factory(Edge)):
    """A batch."""

    id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.pk)

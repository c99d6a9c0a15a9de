"""The upload a Django project writes first: a ModelSerializer and bulk_create; no signature.

Only ``measures.peer_site`` serves it. Its table has the facts of a purchase and nothing else, which
spares it everything that makes a purchase a legal record; but the sender's number is unique, so that
what is sent twice is not recorded twice. The serializer sees to that by itself, with a look at the
table for each row. A second address leaves that look out, and fails as a whole on a repeated number.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PeerPurchase(models.Model):
    """A purchase as a flat row."""

    external_id = models.CharField("编号", max_length=64, unique=True)
    purchased_on = models.DateField("进货日期")
    product_name = models.CharField("食品名称", max_length=80)
    specification = models.CharField("规格", max_length=60, blank=True)
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    origin_place = models.CharField("产地", max_length=60, blank=True)
    produced_on = models.DateField("生产日期", null=True)
    batch_number = models.CharField("批号", max_length=60, blank=True)
    shelf_life = models.CharField("保质期", max_length=20, blank=True)
    supplier_name = models.CharField("供货者", max_length=120)
    supplier_code = models.CharField("信用代码", max_length=18, blank=True)
    supplier_address = models.CharField("地址", max_length=200, blank=True)
    supplier_phone = models.CharField("电话", max_length=20, blank=True)
    voucher_number = models.CharField("凭证号", max_length=60, blank=True)

    class Meta:
        # Of no installed app: nobody takes its table for one of the platform's.
        app_label = "measured"
        managed = False
        db_table = "measured_peer_purchase"
        verbose_name = "对比用的进货"
        verbose_name_plural = "对比用的进货"

    def __str__(self) -> str:
        return self.external_id


class PeerSerializer(serializers.ModelSerializer[PeerPurchase]):
    class Meta:
        model = PeerPurchase
        fields = [field.name for field in PeerPurchase._meta.fields if field.name != "id"]


class UncheckedSerializer(PeerSerializer):
    class Meta(PeerSerializer.Meta):
        extra_kwargs: ClassVar[dict[str, Any]] = {"external_id": {"validators": []}}


class PeerUpload(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    serializer = PeerSerializer

    def post(self, request: Request) -> Response:
        """Validate every row, write them at once, and echo their numbers."""
        rows = self.serializer(data=request.data, many=True)
        rows.is_valid(raise_exception=True)
        made = PeerPurchase._default_manager.bulk_create(
            PeerPurchase(**row) for row in rows.validated_data
        )
        return Response({"ids": [row.pk for row in made]})


class UncheckedUpload(PeerUpload):
    serializer = UncheckedSerializer

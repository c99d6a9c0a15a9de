"""The upload a Django project writes first: a ModelSerializer and bulk_create; no signature.

Only ``measures.peer_site`` serves it. A purchase names goods and a supplier of the books, and the
sender's number is unique, so that what is sent twice is not recorded twice; the serializer sees to
both by itself, row by row. Nothing else of a legal record is there. A second address writes a flat
row of texts, looks nothing up, and fails as a whole on a repeated number.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class _Peer(models.Model):
    """Of no installed app: nobody takes such a table for one of the platform's."""

    class Meta:
        app_label = "measured"
        managed = False
        abstract = True


class PeerProduct(_Peer):
    name = models.CharField("食品名称", max_length=80, unique=True)

    class Meta(_Peer.Meta):
        db_table = "measured_peer_product"
        verbose_name = verbose_name_plural = "对比用的商品"

    def __str__(self) -> str:
        return self.name


class PeerSupplier(_Peer):
    name = models.CharField("供货者", max_length=120, unique=True)

    class Meta(_Peer.Meta):
        db_table = "measured_peer_supplier"
        verbose_name = verbose_name_plural = "对比用的供货者"

    def __str__(self) -> str:
        return self.name


class _Facts(_Peer):
    """What both tables have of a purchase."""

    external_id = models.CharField("编号", max_length=64, unique=True)
    purchased_on = models.DateField("进货日期")
    specification = models.CharField("规格", max_length=60, blank=True)
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    origin_place = models.CharField("产地", max_length=60, blank=True)
    produced_on = models.DateField("生产日期", null=True)
    batch_number = models.CharField("批号", max_length=60, blank=True)
    shelf_life = models.CharField("保质期", max_length=20, blank=True)
    supplier_code = models.CharField("信用代码", max_length=18, blank=True)
    supplier_address = models.CharField("地址", max_length=200, blank=True)
    supplier_phone = models.CharField("电话", max_length=20, blank=True)
    voucher_number = models.CharField("凭证号", max_length=60, blank=True)

    class Meta(_Peer.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.external_id


class PeerPurchase(_Facts):
    product = models.ForeignKey(PeerProduct, models.PROTECT)
    supplier = models.ForeignKey(PeerSupplier, models.PROTECT)

    class Meta(_Peer.Meta):
        db_table = "measured_peer_purchase"
        verbose_name = verbose_name_plural = "对比用的进货"


class FlatPurchase(_Facts):
    product_name = models.CharField("食品名称", max_length=80)
    supplier_name = models.CharField("供货者", max_length=120)

    class Meta(_Peer.Meta):
        db_table = "measured_peer_flat"
        verbose_name = verbose_name_plural = "对比用的平表进货"


MODELS: tuple[type[models.Model], ...] = (PeerProduct, PeerSupplier, PeerPurchase, FlatPurchase)


def _fields(model: type[models.Model], *others: str) -> list[str]:
    plain = [field.name for field in model._meta.fields if not field.is_relation]
    return [*(name for name in plain if name != "id"), *others]


class PeerSerializer(serializers.ModelSerializer[PeerPurchase]):
    product_name = serializers.SlugRelatedField(
        slug_field="name", source="product", queryset=PeerProduct._default_manager.all()
    )
    supplier_name = serializers.SlugRelatedField(
        slug_field="name", source="supplier", queryset=PeerSupplier._default_manager.all()
    )

    class Meta:
        model = PeerPurchase
        fields = _fields(PeerPurchase, "product_name", "supplier_name")


class FlatSerializer(serializers.ModelSerializer[FlatPurchase]):
    class Meta:
        model = FlatPurchase
        fields = _fields(FlatPurchase)
        extra_kwargs: ClassVar[dict[str, Any]] = {"external_id": {"validators": []}}


class PeerUpload(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    serializer: type[serializers.ModelSerializer[Any]] = PeerSerializer

    def post(self, request: Request) -> Response:
        """Validate every row, write them at once, and echo their numbers."""
        rows = self.serializer(data=request.data, many=True)
        rows.is_valid(raise_exception=True)
        model: Any = self.serializer.Meta.model  # type: ignore[attr-defined]
        made = model._default_manager.bulk_create(model(**row) for row in rows.validated_data)
        return Response({"ids": [row.pk for row in made]})


class FlatUpload(PeerUpload):
    serializer = FlatSerializer

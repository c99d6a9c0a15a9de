"""A whole file that cannot be taken in, said in one sentence to the person who sent it."""

from __future__ import annotations

SENTENCES = {
    "file_missing": "没有收到文件，请重新选择后上传。",
    "file_empty": "这个文件是空的，请检查后重新上传。",
    "file_too_large": "文件超过 20 MB，请按月份或辖区拆成几个文件后分别上传。",
    "file_type_unknown": "只能读取 .xlsx 或 .csv 文件，请在表格软件里另存为其中一种后再上传。",
    "old_or_locked_workbook": "这是旧版 .xls 或加了密码的文件，请去掉密码并另存为 .xlsx 后再上传。",
    "workbook_damaged": "文件已损坏或没有传完整，请用表格软件打开确认，重新保存后再上传。",
    "workbook_with_macros": "文件里带有宏程序，为了安全不能接收，请另存为不带宏的 .xlsx 后再上传。",
    "workbook_suspicious": "文件里有不该出现的内容，为了安全不能接收，请把数据复制到新建的表格里再上传。",
    "workbook_inflates": "文件解压后过大，请删掉多余的空白行列和图片，另存后再上传。",
    "workbook_strict": "这是“Strict Open XML”格式，请另存为普通的“Excel 工作簿 (.xlsx)”后再上传。",
    "sheet_too_long": "行数超过上限，请拆成几个文件后分别上传。",
    "sheet_too_wide": "列数超过 200 列，请删掉多余的列后再上传。",
    "sheet_empty": "表格里没有内容，请检查是不是选错了文件。",
    "sheet_unreadable": "这个文件读不出来，请用表格软件打开，把内容复制到新建的表格里另存后再上传。",
    "text_unreadable": "文字编码认不出来，请另存为 UTF-8 编码的 .csv 或 .xlsx 后再上传。",
    "header_missing": "没有找到表头，请保留写有列名的那一行，列名可参照模板。",
}


class Refused(Exception):
    """The file was not taken in; ``sentence`` tells its sender what to do, ``code`` is for machines."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.sentence = SENTENCES[code] + detail
        super().__init__(code)

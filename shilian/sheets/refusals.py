"""A whole file that cannot be taken in, said in one sentence to the person who sent it."""

from __future__ import annotations

_SAVE_AS = (
    "请用 Excel 或 WPS 打开，点“文件 → 另存为”，类型选“Excel 工作簿 (*.xlsx)”，再上传另存的文件。"
)

SENTENCES = {
    "file_missing": "没有收到文件，请重新选择后上传。",
    "file_empty": "这个文件是空的，请检查后重新上传。",
    "file_too_large": "文件超过 120 MB，请按月份或辖区拆成几个文件后分别上传；也可以在 Excel 或 WPS 里点“文件 → 另存为”，类型选“CSV UTF-8（逗号分隔）”，上传另存的 .csv，可到 300 MB。",
    "text_too_large": "文件超过 300 MB，请按月份拆成几个文件后分别上传。",
    "file_type_unknown": "只能读取 .xlsx 或 .csv 文件，请在 Excel 或 WPS 里另存为其中一种后再上传。",
    "old_workbook": "这是旧版 .xls（或 WPS 的 .et）文件，" + _SAVE_AS,
    "workbook_locked": "这个文件加了打开密码，请用 Excel 或 WPS 打开，在“文件 → 信息 → 保护工作簿”（WPS 为“文件 → 文档加密 → 密码加密”）里清空密码，保存后再上传。",
    "old_or_locked_workbook": "这是旧版 .xls 或加了密码的文件，请去掉密码，并在 Excel 或 WPS 里另存为 .xlsx 后再上传。",
    "workbook_xml": "这是“XML 表格”格式的文件，" + _SAVE_AS,
    "web_page": "这其实是网页，不是表格（有些系统导出的“xls”就是这样），" + _SAVE_AS,
    "text_named_workbook": "这其实是 .csv 文本，只是文件名写成了 .xlsx（Excel 也打不开它）：请把文件名的结尾改成 .csv 再上传；或用 WPS 打开，点“文件 → 另存为”，类型选“Excel 工作簿 (*.xlsx)”，上传另存的文件。",
    "workbook_xlsb": "这是二进制工作簿 (.xlsb)，" + _SAVE_AS,
    "workbook_ods": "这是 .ods 文件，请用 WPS、Excel 或 LibreOffice 打开，另存为“Excel 工作簿 (*.xlsx)”后再上传。",
    "workbook_et": "这是 WPS 的 .et 文件，请用 WPS 打开，点“文件 → 另存为”，类型选“Microsoft Excel 文件 (*.xlsx)”，再上传。",
    "workbook_numbers": "这是苹果 Numbers 表格，请在 Numbers 里点“文件 → 导出到 → Excel”，上传导出的 .xlsx。",
    "document_no_sheet": "这是文字文档或 PDF，不是表格，请把其中的表格复制到 Excel 或 WPS 的空白表格里，存为 .xlsx 后再上传。",
    "picture_no_sheet": "这是图片，不是表格，请把内容录入模板（存为 .xlsx）后再上传。",
    "archive_of_sheets": "这是压缩包，请先解压，再分别上传里面的 .xlsx 或 .csv 文件。",
    "archive_of_photos": "这是照片压缩包，不是表格，请先上传台账表格，再在“上传照片”处上传它。",
    "archive_locked": "这个文件加了密码，请去掉密码，重新保存后再上传。",
    "workbook_damaged": "文件已损坏或没有传完整，请用 Excel 或 WPS 打开确认，重新保存后再上传。",
    "workbook_with_macros": "文件里带有宏程序，为了安全不能接收，请在 Excel 或 WPS 里另存为不带宏的“Excel 工作簿 (*.xlsx)”后再上传。",
    "workbook_suspicious": "文件里有不该出现的内容，为了安全不能接收，请把数据复制到新建的表格里，存为 .xlsx 后再上传。",
    "workbook_inflates": "文件解压后过大，请删掉多余的空白行列和图片后另存；行数确实很多的，请拆成几个文件，或另存为“CSV UTF-8（逗号分隔）”后再上传。",
    "sheet_too_long": "行数超过上限（100 万行），请拆成几个文件后分别上传。",
    "sheet_too_wide": "列数超过 200 列，请删掉多余的列（最右边看似空白的列也要删除）后再上传。",
    "too_many_merged": "表里上下合并的单元格太多（超过 20 万处），请在 Excel 或 WPS 里取消合并、逐行填写后再上传。",
    "sheet_empty": "表格里没有内容，请检查是不是选错了文件。",
    "sheet_unreadable": "这个文件读不出来，请用 Excel 或 WPS 打开，把内容复制到新建的表格里，存为 .xlsx 后再上传。",
    "text_unreadable": "文字编码认不出来，请用 Excel 或 WPS 打开，另存为“CSV UTF-8（逗号分隔）”或 .xlsx 后再上传。",
    "header_missing": "没有找到表头，请保留写有列名的那一行，列名可参照模板。",
    "photos_none": "压缩包里没有能用的照片，请放入 JPG、PNG 或 WebP 格式的照片后重新压缩上传。",
    "photos_too_large": "照片压缩包超过 200 MB，请分成几个压缩包后分别上传。",
    "photos_too_many": "一个压缩包最多放 2000 个文件，请分成几个压缩包后分别上传。",
    "photos_damaged": "照片压缩包已损坏或没有传完整，请重新压缩为 .zip 后再上传。",
    "photos_suspicious": "照片压缩包里有不该出现的文件名，为了安全不能接收，请只选照片重新压缩为 .zip 后再上传。",
    "photos_locked": "照片压缩包加了密码，请不设密码重新压缩后再上传。",
}


class Refused(Exception):
    """The file was not taken in; ``sentence`` tells its sender what to do, ``code`` is for machines."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.sentence = SENTENCES[code] + detail
        super().__init__(code)

"""What the operating system refused, in words that tell a person the next step."""

from __future__ import annotations

import errno
from typing import Final

from domain.refusals import Text

_REASONS: Final = {
    errno.ENOSPC: Text("hết chỗ", "no space is left"),
    errno.EDQUOT: Text("hết hạn mức dung lượng", "the quota is used up"),
    errno.EROFS: Text("chỗ này chỉ đọc được, không ghi được", "this place is read-only"),
    errno.EACCES: Text("không có quyền", "it is not permitted"),
    errno.EPERM: Text("không có quyền", "it is not permitted"),
    errno.ENOENT: Text("không có tệp hay thư mục đó", "there is no such file or folder"),
    errno.EEXIST: Text("đã có một tệp tên như vậy", "there is a file of that name"),
    errno.ENOTDIR: Text(
        "một phần của đường dẫn là tệp, không phải thư mục", "a part of the path is no folder"
    ),
    errno.EISDIR: Text("đó là một thư mục", "it is a folder"),
    errno.ENAMETOOLONG: Text("tên quá dài", "the name is too long"),
    errno.EFBIG: Text("tệp quá lớn cho ổ đĩa này", "the file is too large for this disk"),
    errno.EIO: Text("ổ đĩa báo lỗi, hoặc đã bị rút ra", "the disk failed, or was taken out"),
    errno.ENODEV: Text("thiết bị đã bị rút ra", "the device was taken out"),
    errno.ECONNREFUSED: Text("không có gì chạy ở địa chỉ đó", "nothing runs at that address"),
}
"""What people meet. What is not here is said in the system's own words."""


def reason(error: OSError) -> Text:
    """Why, without the path; it follows a colon."""
    said = error.strerror or str(error) or type(error).__name__
    return _REASONS.get(error.errno or 0, Text(said, said))


def complaint(error: OSError) -> Text:
    """A whole sentence for a command that cannot go on: what, where, why."""
    why = reason(error)
    where = error.filename
    if where is None:
        return Text(f"Không đọc hoặc ghi được: {why.vi}.", f"Cannot read or write: {why.en}.")
    if isinstance(where, bytes):
        where = where.decode(errors="replace")
    return Text(
        f"Không đọc hoặc ghi được {where}: {why.vi}.", f"Cannot read or write {where}: {why.en}."
    )

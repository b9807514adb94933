"""What a person should see to about erased events."""

from __future__ import annotations

from collections.abc import Iterator

from domain.refusals import Text
from services.node.erasure.book import Book
from services.node.erasure.eraser import Eraser


def erasure_notices(book: Book, eraser: Eraser) -> Iterator[Text]:
    """Tombstones that nobody who may has decided, and decisions of those who may not."""
    for origin, number in sorted(eraser.unexplained):
        yield Text(
            f"sự kiện {number} của luồng {origin} đã bị xóa nội dung mà nút này chưa có quyết định "
            "hợp lệ; hỏi nơi ghi luồng đó",
            f"event {number} of the stream {origin} was removed, and no valid decision has reached "
            "this node; ask whoever records that stream",
        )
    for redaction in eraser.waiting():
        if not book.is_carried_out(redaction):
            yield Text(
                f"quyết định xóa {redaction.event_id} không được thực hiện: sai thẩm quyền, hoặc "
                "nêu sự kiện khác với sự kiện đang giữ",
                f"the redaction {redaction.event_id} is not carried out: who recorded it may not, "
                "or it names another event than the one held",
            )

"""What GET /docs says of each operation in Vietnamese.

The English text is the operation's own description in the OpenAPI document. A test demands an entry
here for each.
"""

from __future__ import annotations

from typing import Final

DESCRIPTIONS: Final[dict[str, str]] = {
    "healthz": "Không xem gì cả: nút mất cơ sở dữ liệu vẫn sống và đang chờ.",
    "metrics": "Bộ đếm của tiến trình này và số đo của nút.",
    "readyz": "503 kèm lý do khi nút chưa làm được việc của mình.",
    "export_bundle": (
        "Những gì chưa biết là bên kia đã giữ, hoặc một khoảng. Tệp có phần kết thúc: câu trả lời "
        "bị đứt giữa chừng không phải là tệp gói."
    ),
    "import_bundle": (
        "Kiểm tra cả tệp rồi mới nhận. Gửi lại là vô hại; bị gián đoạn thì cứ gửi lại."
    ),
    "list_events": (
        "Các sự kiện theo thứ tự nút này đã ghi hoặc nhận.\n\n"
        "`next` (cũng có trong đầu mục Link) dẫn sang trang sau; có `wait` thì câu trả lời được "
        "giữ lại tối đa chừng ấy giây cho đến khi có sự kiện mới phù hợp."
    ),
    "push_events": (
        "Một CloudEvent (dạng structured hoặc binary), một lô CloudEvents, hoặc các dòng JSON; "
        "nhiều nhất 10.000 sự kiện và 16 MiB, nén gzip được. Mỗi sự kiện có kết luận riêng. Câu "
        "trả lời chỉ đến khi những gì báo là đã ghi đã nằm bền trên đĩa; gửi lại cùng sự kiện thì "
        "được cùng câu trả lời, cùng mã mà nội dung khác là xung đột."
    ),
    "read_event": (
        "Một sự kiện đúng như đã ghi; ETag là mã băm của nó. Cái đã ghi không bao giờ đổi; nội "
        "dung buộc phải xóa thì 410 nêu quyết định xóa."
    ),
    "read_proof_file": (
        "Riêng tệp bằng chứng (C2SP tlog-proof), để giữ cạnh các byte của sự kiện."
    ),
    "list_figures": "Các số liệu mà ban chỉ đạo của nút này đọc.",
    "read_figure": (
        "Một số liệu của một đơn vị trong một kỳ, mỗi đơn vị bên dưới một dòng.\n\n"
        "Có `as_of` hoặc `as_of_position`: số liệu theo trạng thái đó của nhật ký. Mức đầy đủ là "
        "của hôm nay: tính cả những sự kiện ghi trước lúc đó mà sau mới đến."
    ),
    "read_behind": (
        "Con số nào cũng mở ra được các sự kiện tạo nên nó; giá trị của chúng cộng lại bằng con "
        "số. Sự kiện có số đếm nhạy cảm không được hiện thì bỏ ra và đếm ở `withheld`."
    ),
    "list_forks": (
        "Những chỗ của luồng có các byte khác đã tới, và các điểm chốt trái với những gì đang "
        "giữ; luồng đó dừng lại cho đến khi có người quyết định."
    ),
    "read_fork": "Các byte trái với những gì đang giữ, đúng như đã tới.",
    "read_history": (
        "Của mã sự kiện, hoặc của đối tượng (báo cáo, cuộc họp, mô hình, quy định): từng sự kiện, "
        "ai ghi và theo quy định nào, đổi gì ở từng trường, và ai đã kiểm chứng.\n\n"
        "Có `as_of` thì là những gì đã ghi đến lúc đó; biên nhận luôn là của hiện tại."
    ),
    "read_checkpoint": (
        "Văn bản có ký (C2SP tlog-checkpoint) kèm mọi chữ ký xác nhận của các cấp đã tới."
    ),
    "read_tile": (
        "Các mã băm, hoặc một bó sự kiện (`entries/…`), theo cách xếp của C2SP tlog-tiles.\n\n"
        "Chỗ của sự kiện đã bị xóa nội dung là mẩu thay thế (tombstone). Mẩu đó không băm ra lá "
        "của mình; lá, vẫn nằm như cũ trong mảnh tầng 0, là `leaf_hash` mà mẩu đó nêu."
    ),
    "list_obligations": (
        "Họp, báo cáo, kế hoạch, rà soát và kiểm tra (R38, R40, R112, R118, R128, R129).\n\n"
        "Kỳ đã khép được xét theo quy định và đơn vị đã ghi khi kỳ khép."
    ),
    "list_problems": ("Mọi loại lỗi kèm cách xử lý. Một `type` đã công bố thì không bao giờ đổi."),
    "read_consistency": (
        "Bằng chứng luồng gồm `second` sự kiện bắt đầu bằng luồng gồm `first` sự kiện (RFC 6962, "
        "2.1.2)."
    ),
    "read_inclusion": (
        "Dạng JSON, hoặc với `Accept: text/plain` là tệp bằng chứng (C2SP tlog-proof)."
    ),
    "list_quarantine": "Những gì đã tới mà không đọc được.",
    "read_quarantined": "Các byte đúng như đã tới; không tin kiểu nội dung của chúng.",
    "replay": ("Dùng sau khi nâng cấp, hoặc khi thứ còn thiếu đã có. Làm hai lần là vô hại."),
    "list_receipts": (
        "Các luồng của một đơn vị (không nêu thì của chính nút này) đã chốt đến đâu, và những cấp "
        "trên nào đã nhận và kiểm chứng."
    ),
    "read_recovery": (
        "Nút mất nhật ký hoặc khôi phục từ bản sao lưu cũ vẫn cho đọc nhưng không ghi gì cho đến "
        "khi lấy lại đủ các luồng của mình từ nút cấp trên."
    ),
    "list_reports": (
        "Các báo cáo nút này giữ và tình trạng từng báo cáo; có `as_of` thì như lúc đó."
    ),
    "draft_report": (
        "Mọi số liệu của báo cáo tính ở cùng một trạng thái, các báo cáo của cấp dưới, và những "
        "gì không được tính. Chưa ghi gì: gửi `event` thì mới nộp.\n\n"
        "`as_of` là mốc chốt số liệu: cái ghi sau mốc bị bỏ ra và được liệt kê."
    ),
    "read_difference": ("Những số liệu, mục và báo cáo cấp dưới mà hai phiên bản khác nhau."),
    "read_reconciliation": (
        "Từng số liệu: như đã báo cáo, như trạng thái của chính báo cáo cho ra, và như hiện nay, "
        "kèm các sự kiện đến sau và vì sao chúng được tính."
    ),
    "list_versions": (
        "Mọi phiên bản kèm biên nhận; trả lại hay chấp nhận đều nêu mã băm của bản được nói tới."
    ),
    "list_schemas": "Mọi loại sự kiện và các phiên bản của loại đó.",
    "read_schema": "Lược đồ đã công bố của một phiên bản; trong phiên bản đó không bao giờ đổi.",
    "read_stream": (
        "Sự kiện `first` đến `last` của một luồng, nhiều nhất 1.000; đầu mục Link dẫn tiếp."
    ),
    "read_sync": "Nút này đầy đủ đến đâu, theo từng nơi ghi.",
    "list_units": (
        "Đơn vị theo một ngày (không nêu thì hôm nay). Một phần tên là đủ, có dấu hay không dấu."
    ),
    "read_unit": (
        "Thuộc tính, tổ chức và nguồn gốc kèm ngày; đơn vị cấp trên và cấp dưới theo một ngày."
    ),
    "list_unreadable": (
        "Những đối tượng có ít nhất một sự kiện không đúng dạng của loại mình. Sự kiện vẫn được "
        "giữ và chuyển đi, phần hiểu được của đối tượng vẫn có trong số liệu."
    ),
}
"""By operation id. Paragraphs are parted by an empty line, code stands between backticks."""

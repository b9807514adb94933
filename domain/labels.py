"""What every choice in an event is called, in the two languages a user may read (glossary)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.activities import Audience, InformationKind, PropagandaKind
from domain.campaigns import MilestoneCode
from domain.choices import Choice
from domain.classification import Classification
from domain.commendations import AwardForm, CommendationKind, CommendationStage
from domain.committee_state import CommitteeChangeKind
from domain.committees import HeadRole
from domain.community_models import Domain, Proposal, Rating, RetirementReason
from domain.corrections import CorrectionReason, RetractionReason
from domain.document_issue import RecipientPurpose
from domain.document_state import TaskState
from domain.documents import DocumentKind
from domain.emulation import EmulationKind
from domain.exemplary import ExemplaryKind, ExemplaryStage
from domain.festivals import FestivalKind
from domain.forks import ForkOutcome
from domain.forums import ForumKind
from domain.funding import FundingSource, FundingStage
from domain.indicators import UnitOfMeasure
from domain.inspections import InspectionKind, Severity
from domain.issues import DifficultyTopic
from domain.levels import Level
from domain.meetings import MeetingKind, MeetingMode
from domain.names import LEVEL_NAMES
from domain.obligations import ObligationKind
from domain.organisations import Category, ChangeKind
from domain.refusals import Text
from domain.report_kinds import ReportKind
from domain.report_replies import ReturnReason
from domain.rule_params import (
    AuthorityMatter,
    PeriodicKind,
    QuotaSubject,
    RuleKind,
    StandardVersion,
)
from domain.signing_keys import RevocationReason
from domain.standard import StandardStage
from domain.subjects import SubjectCategory
from domain.topics import Topic
from domain.units import ReorganisationKind, Share, UnitKind

LABELS: Final[Mapping[type[StrEnum], Mapping[StrEnum, Text]]] = {
    Level: {level: LEVEL_NAMES[level] for level in Level},
    UnitKind: {
        UnitKind.COMMUNE: Text("xã", "commune"),
        UnitKind.WARD: Text("phường", "ward"),
        UnitKind.TOWNSHIP: Text("thị trấn", "township"),
        UnitKind.SPECIAL_ZONE: Text("đặc khu", "special zone"),
        UnitKind.DISTRICT: Text("quận, huyện", "district"),
        UnitKind.PROVINCE: Text("tỉnh, thành phố", "province"),
        UnitKind.CENTRAL: Text("trung ương", "central"),
    },
    ReorganisationKind: {
        ReorganisationKind.CREATED: Text("thành lập", "created"),
        ReorganisationKind.MERGE: Text("nhập", "merged"),
        ReorganisationKind.SPLIT: Text("chia, tách", "split"),
        ReorganisationKind.RENAME: Text("đổi tên, đổi mã", "renamed"),
        ReorganisationKind.ABOLISH: Text("giải thể", "abolished"),
        ReorganisationKind.REPARENT: Text("chuyển cấp trên", "moved to another parent"),
    },
    Share: {Share.FULL: Text("toàn bộ", "whole"), Share.PART: Text("một phần", "part")},
    Category: {
        Category.POLICE: Text("Công an", "police"),
        Category.FRONT: Text("Mặt trận Tổ quốc", "Fatherland Front"),
        Category.FRONT_STANDING: Text("Ban Thường trực Mặt trận", "standing board of the Front"),
        Category.PEOPLES_COMMITTEE: Text("Ủy ban nhân dân", "People's Committee"),
        Category.PARTY_COMMITTEE: Text("Cấp ủy", "Party committee"),
        Category.VETERANS: Text("Hội Cựu chiến binh", "Veterans' Association"),
        Category.WOMENS_UNION: Text("Hội Liên hiệp Phụ nữ", "Women's Union"),
        Category.YOUTH_UNION: Text("Đoàn Thanh niên", "Youth Union"),
        Category.LABOUR: Text("Liên đoàn Lao động", "Confederation of Labour"),
        Category.FARMERS: Text("Hội Nông dân", "Farmers' Union"),
        Category.ELDERLY: Text("Hội Người cao tuổi", "Association of the Elderly"),
        Category.FRONT_WORK_COMMITTEE: Text("Ban công tác Mặt trận", "Front's area committee"),
        Category.MASS_ORG_BRANCH: Text("Chi hội, chi đoàn", "branch of a mass organisation"),
        Category.COMMITTEE: Text("Ban chỉ đạo", "steering committee"),
        Category.MEMBER_ORG: Text("Tổ chức thành viên", "member organisation"),
        Category.DEPARTMENT: Text("Sở, ban, ngành", "department"),
        Category.OTHER: Text("Cơ quan khác", "other organisation"),
    },
    ChangeKind: {
        ChangeKind.ESTABLISHED: Text("thành lập", "established"),
        ChangeKind.RENAMED: Text("đổi tên", "renamed"),
        ChangeKind.MERGED: Text("hợp nhất", "merged"),
        ChangeKind.DISSOLVED: Text("giải thể", "dissolved"),
        ChangeKind.ROLE_ASSIGNED: Text("giao vai trò", "given a role"),
    },
    RuleKind: {
        RuleKind.PERIOD: Text("kỳ báo cáo", "reporting period"),
        RuleKind.DUE: Text("thời hạn gửi", "due date"),
        RuleKind.CADENCE: Text("chế độ họp", "meeting cadence"),
        RuleKind.TARGET: Text("chỉ tiêu", "target"),
        RuleKind.QUOTA: Text("số lượng", "quota"),
        RuleKind.WINDOW: Text("thời gian xét", "window"),
        RuleKind.AUTHORITY: Text("thẩm quyền", "authority"),
        RuleKind.TEMPLATE: Text("mẫu báo cáo", "template"),
        RuleKind.WORKING_DAYS: Text("ngày nghỉ, ngày làm bù", "days off and days worked"),
        RuleKind.TAG: Text("nhãn cuộc vận động", "tag of a campaign"),
    },
    PeriodicKind: {
        PeriodicKind.HALF_YEAR: Text("báo cáo 6 tháng", "half-year report"),
        PeriodicKind.ANNUAL: Text("báo cáo năm", "annual report"),
    },
    MeetingKind: {
        MeetingKind.COMMITTEE_PERIODIC: Text(
            "họp định kỳ ban chỉ đạo", "periodic committee meeting"
        ),
        MeetingKind.BRIEFING: Text("giao ban", "briefing"),
        MeetingKind.PRELIMINARY_REVIEW: Text("sơ kết", "interim review"),
        MeetingKind.FINAL_REVIEW: Text("tổng kết", "final review"),
        MeetingKind.DISSEMINATION: Text("quán triệt", "dissemination"),
        MeetingKind.SIGNING: Text("ký kết", "signing"),
        MeetingKind.CONFERENCE: Text("hội nghị", "conference"),
        MeetingKind.ASSOCIATION_EXECUTIVE: Text(
            "họp ban chấp hành hội", "executive of an association"
        ),
    },
    MeetingMode: {
        MeetingMode.IN_PERSON: Text("trực tiếp", "in person"),
        MeetingMode.ONLINE: Text("trực tuyến", "online"),
        MeetingMode.MIXED: Text("trực tiếp và trực tuyến", "mixed"),
    },
    DocumentKind: {
        DocumentKind.PROGRAMME: Text("chương trình phối hợp", "coordination programme"),
        DocumentKind.PLAN: Text("kế hoạch", "plan"),
        DocumentKind.DIRECTIVE: Text("chỉ đạo", "directive"),
        DocumentKind.GUIDANCE: Text("hướng dẫn", "guidance"),
        DocumentKind.REGULATION: Text("quy chế phối hợp", "coordination regulation"),
        DocumentKind.JOINT_RESOLUTION: Text("nghị quyết liên tịch", "joint resolution"),
        DocumentKind.DECISION: Text("quyết định", "decision"),
    },
    RecipientPurpose: {
        RecipientPurpose.ACTION: Text("để thực hiện", "for action"),
        RecipientPurpose.COORDINATION: Text("để phối hợp", "for coordination"),
        RecipientPurpose.DIRECTION: Text("để chỉ đạo", "for direction"),
        RecipientPurpose.REPORT: Text("để báo cáo", "as a report"),
        RecipientPurpose.INFORMATION: Text("để biết", "for information"),
        RecipientPurpose.ARCHIVE: Text("lưu", "for the archive"),
    },
    TaskState: {
        TaskState.DOING: Text("đang thực hiện", "under way"),
        TaskState.DONE: Text("đã xong", "done"),
        TaskState.BLOCKED: Text("bị vướng", "blocked"),
    },
    CommitteeChangeKind: {
        CommitteeChangeKind.ESTABLISHED: Text("thành lập", "established"),
        CommitteeChangeKind.CONSOLIDATED: Text("kiện toàn", "consolidated"),
        CommitteeChangeKind.MERGED: Text("hợp nhất thành một", "merged into one"),
        CommitteeChangeKind.DISSOLVED: Text("giải thể", "dissolved"),
    },
    HeadRole: {
        HeadRole.PARTY_SECRETARY: Text("bí thư cấp ủy", "Party secretary"),
        HeadRole.PARTY_DEPUTY_SECRETARY: Text("phó bí thư cấp ủy", "deputy Party secretary"),
        HeadRole.GOVERNMENT_LEADER: Text("lãnh đạo Chính phủ", "member of the Government"),
        HeadRole.PEOPLES_COMMITTEE_CHAIR: Text(
            "chủ tịch Ủy ban nhân dân", "chair of the People's Committee"
        ),
        HeadRole.PEOPLES_COMMITTEE_DEPUTY_CHAIR: Text(
            "phó chủ tịch Ủy ban nhân dân", "deputy chair of the People's Committee"
        ),
        HeadRole.POLICE_CHIEF: Text("thủ trưởng Công an", "head of the police"),
        HeadRole.FRONT_CHAIR: Text("chủ tịch Mặt trận", "chair of the Front"),
        HeadRole.OTHER: Text("chức danh khác", "another office"),
    },
    ForumKind: {
        ForumKind.LISTEN_TO_PEOPLE: Text("lắng nghe ý kiến nhân dân", "listening to the people"),
        ForumKind.DENOUNCE_CRIME: Text("tố giác tội phạm", "denouncing crime"),
        ForumKind.FRONT_LISTENS: Text("Mặt trận lắng nghe dân nói", "the Front listens"),
        ForumKind.SPEAK_AND_LISTEN: Text(
            "nói cho dân nghe và nghe dân nói", "speaking and listening to the people"
        ),
        ForumKind.CONDEMN_VIOLATION: Text(
            "lên án, đấu tranh, phòng ngừa vi phạm", "condemning and preventing violations"
        ),
        ForumKind.YOUTH: Text("diễn đàn thanh niên", "youth forum"),
    },
    PropagandaKind: {
        PropagandaKind.SESSION: Text("buổi tuyên truyền", "session"),
        PropagandaKind.BROADCAST: Text("phát thanh", "broadcast"),
        PropagandaKind.PRESS: Text("báo chí", "press"),
        PropagandaKind.SOCIAL: Text("mạng xã hội", "social media"),
        PropagandaKind.SMS: Text("tin nhắn", "text messages"),
        PropagandaKind.LEAFLET: Text("tờ rơi", "leaflets"),
        PropagandaKind.REPORTAGE: Text("phóng sự", "reportage"),
    },
    Topic: {
        Topic.MOVEMENT: Text("phong trào bảo vệ ANTQ", "the movement"),
        Topic.CRIME_PREVENTION: Text("phòng, chống tội phạm", "crime prevention"),
        Topic.DRUG_PREVENTION: Text("phòng, chống ma túy", "drug prevention"),
        Topic.HUMAN_TRAFFICKING: Text("phòng, chống mua bán người", "human trafficking"),
        Topic.DOMESTIC_VIOLENCE: Text("phòng, chống bạo lực gia đình", "domestic violence"),
        Topic.CHILD_PROTECTION: Text("bảo vệ trẻ em", "child protection"),
        Topic.TRAFFIC_SAFETY: Text("an toàn giao thông", "traffic safety"),
        Topic.FIRE_SAFETY: Text("phòng cháy, chữa cháy", "fire safety"),
        Topic.CYBER_SECURITY: Text("an ninh mạng", "cyber security"),
        Topic.STATE_SECRETS: Text("bảo vệ bí mật nhà nước", "protecting state secrets"),
        Topic.WEAPONS_EXPLOSIVES: Text("vũ khí, vật liệu nổ, pháo", "weapons and explosives"),
        Topic.BORDER_SECURITY: Text("an ninh biên giới", "border security"),
        Topic.LEGAL_EDUCATION: Text("phổ biến pháp luật", "legal education"),
        Topic.MEDIATION: Text("hòa giải", "mediation"),
        Topic.CORE_FORCE_SKILLS: Text("nghiệp vụ lực lượng nòng cốt", "skills of the core force"),
        Topic.OTHER: Text("chủ đề khác", "another topic"),
    },
    InformationKind: {
        InformationKind.SECURITY_SITUATION: Text("tình hình ANTT", "security situation"),
        InformationKind.CRIME_METHODS: Text(
            "phương thức, thủ đoạn tội phạm", "methods of criminals"
        ),
        InformationKind.PUBLIC_OPINION: Text("dư luận nhân dân", "public opinion"),
        InformationKind.PEOPLES_PETITIONS: Text("kiến nghị của nhân dân", "people's petitions"),
        InformationKind.MOVEMENT_RESULTS: Text("kết quả phong trào", "results of the movement"),
        InformationKind.LAW_AND_POLICY: Text("chủ trương, pháp luật", "law and policy"),
        InformationKind.OTHER: Text("thông tin khác", "other information"),
    },
    Audience: {
        Audience.CORE_FORCE: Text("lực lượng nòng cốt", "core force"),
        Audience.COMMUNE_SECURITY_FORCE: Text(
            "lực lượng bảo vệ ANTT ở cấp xã", "security force of the commune"
        ),
        Audience.COMMITTEE_MEMBERS: Text("thành viên ban chỉ đạo", "committee members"),
        Audience.FRONT_OFFICERS: Text("cán bộ Mặt trận", "officers of the Front"),
        Audience.MASS_ORG_OFFICERS: Text("cán bộ đoàn thể", "officers of mass organisations"),
        Audience.SELF_MANAGED_TEAMS: Text("tổ tự quản", "self-managed teams"),
        Audience.POLICE: Text("công an", "police"),
        Audience.RESIDENTS: Text("nhân dân", "residents"),
        Audience.OTHER: Text("đối tượng khác", "others"),
    },
    FestivalKind: {
        FestivalKind.SECURITY_DAY: Text(
            "Ngày hội Toàn dân bảo vệ ANTQ (19/8)", "day for national security (19 August)"
        ),
        FestivalKind.GREAT_UNITY_DAY: Text(
            "Ngày hội Đại đoàn kết (18/11)", "day of great unity (18 November)"
        ),
        FestivalKind.YOUTH_TRAFFIC: Text(
            "Ngày hội Thanh niên với văn hóa giao thông", "youth and traffic day"
        ),
    },
    ForkOutcome: {
        ForkOutcome.GOES_ON: Text("cho tiếp tục", "goes on"),
        ForkOutcome.STAYS_STOPPED: Text("tiếp tục dừng", "stays stopped"),
    },
    RevocationReason: {
        RevocationReason.REPLACED: Text("đã thay khóa", "replaced"),
        RevocationReason.LOST: Text("mất khóa", "lost"),
        RevocationReason.DISCLOSED: Text("lộ khóa", "disclosed"),
        RevocationReason.RETIRED: Text("thôi dùng", "retired"),
    },
    DifficultyTopic: {
        DifficultyTopic.FUNDING: Text("kinh phí", "funding"),
        DifficultyTopic.STAFFING: Text("biên chế, nhân lực", "staffing"),
        DifficultyTopic.EQUIPMENT: Text("trang thiết bị", "equipment"),
        DifficultyTopic.ALLOWANCES: Text("chế độ, chính sách", "allowances"),
        DifficultyTopic.GUIDANCE: Text("thiếu hướng dẫn", "lack of guidance"),
        DifficultyTopic.LEGAL_BASIS: Text("cơ sở pháp lý", "legal basis"),
        DifficultyTopic.COORDINATION: Text("phối hợp", "coordination"),
        DifficultyTopic.PARTICIPATION: Text("sự tham gia của nhân dân", "participation"),
        DifficultyTopic.REORGANISATION: Text("sắp xếp bộ máy, đơn vị", "reorganisation"),
        DifficultyTopic.OTHER: Text("vướng mắc khác", "another difficulty"),
    },
    CommendationKind: {
        CommendationKind.PRAISE: Text("khen thưởng", "praise"),
        CommendationKind.CRITICISM: Text("phê bình", "criticism"),
    },
    CommendationStage: {
        CommendationStage.PROPOSED: Text("đề xuất", "proposed"),
        CommendationStage.DECIDED: Text("quyết định", "decided"),
    },
    AwardForm: {
        AwardForm.ORDER_OR_MEDAL: Text("huân chương, huy chương", "order or medal"),
        AwardForm.EMULATION_FLAG: Text("cờ thi đua", "emulation flag"),
        AwardForm.EMULATION_TITLE: Text("danh hiệu thi đua", "emulation title"),
        AwardForm.CERTIFICATE_OF_MERIT: Text("bằng khen", "certificate of merit"),
        AwardForm.COMMENDATION_PAPER: Text("giấy khen", "paper of commendation"),
        AwardForm.LETTER_OF_PRAISE: Text("thư khen", "letter of praise"),
        AwardForm.BONUS: Text("thưởng", "bonus"),
        AwardForm.REMINDER: Text("nhắc nhở", "reminder"),
        AwardForm.CRITICISM_IN_MEETING: Text("phê bình tại cuộc họp", "criticism in a meeting"),
        AwardForm.CRITICISM_IN_WRITING: Text("phê bình bằng văn bản", "criticism in writing"),
    },
    Domain: {
        Domain.SELF_MANAGEMENT: Text("tự quản", "self-management"),
        Domain.SELF_PREVENTION: Text("tự phòng", "self-prevention"),
        Domain.SELF_PROTECTION: Text("tự bảo vệ", "self-protection"),
        Domain.SELF_MEDIATION: Text("tự hòa giải", "self-mediation"),
    },
    Rating: {
        Rating.GOOD: Text("tốt", "good"),
        Rating.FAIR: Text("khá", "fair"),
        Rating.AVERAGE: Text("trung bình", "average"),
        Rating.WEAK: Text("yếu", "weak"),
    },
    Proposal: {
        Proposal.KEEP: Text("giữ", "keep"),
        Proposal.REPLICATE: Text("nhân rộng", "replicate"),
        Proposal.RETIRE: Text("loại bỏ", "retire"),
    },
    RetirementReason: {
        RetirementReason.NOT_EFFECTIVE: Text("không hiệu quả", "not effective"),
        RetirementReason.FORMALISTIC: Text("mang tính hình thức", "for form's sake"),
        RetirementReason.MERGED: Text("gộp vào mô hình khác", "merged into another"),
        RetirementReason.PURPOSE_FULFILLED: Text("hoàn thành mục đích", "purpose fulfilled"),
        RetirementReason.UNIT_REORGANISED: Text("sắp xếp đơn vị", "units reorganised"),
        RetirementReason.OTHER: Text("lý do khác", "another reason"),
    },
    ReportKind: {
        ReportKind.HALF_YEAR: Text("báo cáo 6 tháng", "half-year report"),
        ReportKind.ANNUAL: Text("báo cáo năm", "annual report"),
        ReportKind.THEMATIC: Text("báo cáo chuyên đề", "thematic report"),
        ReportKind.EXEMPLAR: Text("báo cáo điển hình tiên tiến", "exemplar report"),
        ReportKind.SUMMARY: Text("báo cáo sơ kết, tổng kết", "review report"),
        ReportKind.CONSOLIDATED: Text("báo cáo tổng hợp", "consolidated report"),
    },
    ReturnReason: {
        ReturnReason.MISSING_MEMBER_EVALUATION: Text(
            "thiếu đánh giá trách nhiệm thành viên", "member evaluation missing"
        ),
        ReturnReason.MISSING_SECTION: Text("thiếu mục theo mẫu", "a section is missing"),
        ReturnReason.FIGURES_DIFFER: Text("số liệu không khớp", "figures differ"),
        ReturnReason.INCOMPLETE: Text("chưa đầy đủ", "incomplete"),
        ReturnReason.LATE: Text("gửi muộn", "late"),
        ReturnReason.WRONG_TEMPLATE: Text("sai mẫu", "wrong template"),
        ReturnReason.WRONG_PERIOD: Text("sai kỳ báo cáo", "wrong period"),
        ReturnReason.WRONG_RECIPIENT: Text("sai nơi nhận", "wrong recipient"),
        ReturnReason.OTHER: Text("lý do khác", "another reason"),
    },
    CorrectionReason: {
        CorrectionReason.TYPING_ERROR: Text("nhập nhầm", "typing error"),
        CorrectionReason.WRONG_FIGURE: Text("sai số liệu", "wrong figure"),
        CorrectionReason.WRONG_DATE: Text("sai ngày", "wrong day"),
        CorrectionReason.WRONG_ORGANISATION: Text("sai cơ quan", "wrong organisation"),
        CorrectionReason.LATE_INFORMATION: Text("thông tin có sau", "later information"),
        CorrectionReason.OTHER: Text("lý do khác", "another reason"),
    },
    RetractionReason: {
        RetractionReason.DUPLICATE: Text("trùng", "duplicate"),
        RetractionReason.WRONG_UNIT: Text("sai đơn vị", "wrong unit"),
        RetractionReason.NEVER_HAPPENED: Text("không xảy ra", "never happened"),
    },
    QuotaSubject: {
        QuotaSubject.EXEMPLARY_MOVEMENT: Text(
            "đơn vị điển hình về phong trào", "units exemplary in the movement"
        ),
        QuotaSubject.EXEMPLARY_URBAN_ORDER: Text(
            "đơn vị điển hình về trật tự đô thị", "units exemplary in urban order"
        ),
        QuotaSubject.CAMPAIGN_COLLECTIVES: Text(
            "tập thể điển hình khi sơ kết, tổng kết", "exemplary collectives of a review"
        ),
        QuotaSubject.CAMPAIGN_INDIVIDUALS: Text(
            "cá nhân điển hình khi sơ kết, tổng kết", "exemplary individuals of a review"
        ),
        QuotaSubject.ORGANISATION_MODELS: Text(
            "mô hình của mỗi đoàn thể", "models of each mass organisation"
        ),
    },
    StandardVersion: {
        StandardVersion.CIRCULAR_23_2012: Text(
            "Thông tư 23/2012/TT-BCA", "Circular 23/2012/TT-BCA"
        ),
        StandardVersion.CIRCULAR_124_2021: Text(
            "Thông tư 124/2021/TT-BCA", "Circular 124/2021/TT-BCA"
        ),
    },
    AuthorityMatter: {
        AuthorityMatter.STANDARD: Text("công nhận đạt tiêu chuẩn", "recognition of the standard"),
        AuthorityMatter.CLASSIFICATION: Text(
            "phân loại phong trào", "classification of the movement"
        ),
        AuthorityMatter.EXEMPLARY: Text("công nhận điển hình", "recognition as exemplary"),
    },
    SubjectCategory: {
        SubjectCategory.RESIDENTIAL_AREA: Text("khu dân cư", "residential area"),
        SubjectCategory.COMMUNE: Text("xã, phường, thị trấn", "commune"),
        SubjectCategory.AGENCY: Text("cơ quan", "agency"),
        SubjectCategory.ENTERPRISE: Text("doanh nghiệp", "enterprise"),
        SubjectCategory.SCHOOL: Text("cơ sở giáo dục", "school"),
        SubjectCategory.WORKER_LODGING: Text("khu nhà trọ công nhân", "workers' lodging"),
    },
    EmulationKind: {
        EmulationKind.LAUNCH: Text("phát động", "launched"),
        EmulationKind.REGISTER: Text("đăng ký", "registered"),
    },
    StandardStage: {
        StandardStage.SELF_ASSESSED: Text("tự đánh giá", "self-assessed"),
        StandardStage.COUNCIL: Text("hội đồng xét", "judged by the council"),
        StandardStage.RECOGNISED: Text("công nhận", "recognised"),
        StandardStage.REFUSED: Text("không công nhận", "refused"),
        StandardStage.REVOKED: Text("thu hồi công nhận", "revoked"),
    },
    Classification: {
        Classification.EXCELLENT: Text("xuất sắc", "excellent"),
        Classification.GOOD: Text("khá", "good"),
        Classification.AVERAGE: Text("trung bình", "average"),
        Classification.WEAK: Text("yếu", "weak"),
    },
    ExemplaryKind: {
        ExemplaryKind.MOVEMENT: Text("điển hình về phong trào", "exemplary in the movement"),
        ExemplaryKind.URBAN_ORDER: Text("điển hình về trật tự đô thị", "exemplary in urban order"),
    },
    ExemplaryStage: {
        ExemplaryStage.SELECTED: Text("lựa chọn", "selected"),
        ExemplaryStage.RECOGNISED: Text("công nhận", "recognised"),
        ExemplaryStage.WITHDRAWN: Text("rút", "withdrawn"),
    },
    InspectionKind: {
        InspectionKind.PERIODIC: Text("kiểm tra định kỳ", "periodic"),
        InspectionKind.AD_HOC: Text("kiểm tra đột xuất", "ad hoc"),
    },
    Severity: {
        Severity.MINOR: Text("nhẹ", "minor"),
        Severity.MODERATE: Text("vừa", "moderate"),
        Severity.SERIOUS: Text("nghiêm trọng", "serious"),
    },
    FundingStage: {
        FundingStage.ESTIMATED: Text("dự toán", "estimated"),
        FundingStage.APPRAISED: Text("thẩm định", "appraised"),
        FundingStage.ALLOCATED: Text("được cấp", "allocated"),
        FundingStage.SPENT: Text("đã chi", "spent"),
    },
    FundingSource: {
        FundingSource.CRIME: Text("phòng, chống tội phạm", "prevention of crime"),
        FundingSource.DRUGS: Text("phòng, chống ma túy", "prevention of drugs"),
        FundingSource.TRAFFICKING: Text(
            "phòng, chống mua bán người", "prevention of human trafficking"
        ),
        FundingSource.MOVEMENT: Text(
            "xây dựng phong trào toàn dân bảo vệ ANTQ", "building the movement"
        ),
        FundingSource.SOCIALISED: Text("xã hội hóa", "from society"),
    },
    UnitOfMeasure: {
        UnitOfMeasure.PEOPLE: Text("người", "people"),
        UnitOfMeasure.HOUSEHOLDS: Text("hộ", "households"),
        UnitOfMeasure.CASES: Text("vụ", "cases"),
        UnitOfMeasure.TIPS: Text("tin", "tips"),
        UnitOfMeasure.AREAS: Text("địa bàn", "areas"),
        UnitOfMeasure.TEAMS: Text("tổ", "teams"),
        UnitOfMeasure.TURNS: Text("lượt", "turns"),
        UnitOfMeasure.ITEMS: Text("chiếc", "items"),
        UnitOfMeasure.KILOGRAMS: Text("kg", "kilograms"),
        UnitOfMeasure.ORGANISATIONS: Text("tổ chức", "organisations"),
        UnitOfMeasure.COMMUNES: Text("xã, phường", "communes"),
        UnitOfMeasure.PERCENT: Text("%", "percent"),
    },
    ObligationKind: {
        ObligationKind.MEETING: Text("họp định kỳ", "periodic meeting"),
        ObligationKind.HALF_YEAR: Text("báo cáo 6 tháng", "half-year report"),
        ObligationKind.ANNUAL: Text("báo cáo năm", "annual report"),
        ObligationKind.PLAN: Text("kế hoạch năm", "plan of the year"),
        ObligationKind.REVIEW: Text("sơ kết, tổng kết", "review of the movement"),
        ObligationKind.INSPECTION: Text("kiểm tra cấp dưới", "inspection of units below"),
        ObligationKind.MODEL_REVIEW: Text("rà soát mô hình", "review of models"),
    },
    MilestoneCode: {
        MilestoneCode.DEPARTMENT_REPORTS: Text("báo cáo của sở, ngành", "departments' reports"),
        MilestoneCode.LOCALITY_REPORTS: Text("báo cáo của địa phương", "localities' reports"),
        MilestoneCode.EXEMPLAR_REPORTS: Text("báo cáo điển hình tiên tiến", "exemplar reports"),
        MilestoneCode.PROVINCE_REPORT: Text("báo cáo tổng kết của tỉnh", "the province's report"),
        MilestoneCode.PAPERS: Text("tham luận", "papers"),
        MilestoneCode.CONFERENCE: Text("hội nghị", "conference"),
    },
}


def label(choice: StrEnum) -> Text:
    """What a choice is called: by itself, or here; one without a name is shown as recorded."""
    if isinstance(choice, Choice):
        return choice.text
    known = LABELS.get(type(choice), {})
    return known.get(choice, Text(choice.value, choice.value))

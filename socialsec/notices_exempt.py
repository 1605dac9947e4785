"""The papers told when a certificate of coverage has run out. In Chinese; the person's also in English."""

from __future__ import annotations

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, latin_name, limit_words, person_facts
from foreignwork.notices.shared import zh_day

from . import covers, rules_exempt

MEASURES = "《在中国境内就业的外国人参加社会保险暂行办法》"


def _term(context: Context) -> str:
    since = rules_exempt.exempt_until(context)
    return f"{limit_words(context, rules_exempt.DECLARE, basis='applicant')}内" + (
        due_words(context, rules_exempt.DECLARE, since, basis="applicant") if since else ""
    )


def _paper(context: Context, *, to: str, paragraphs: list[str]) -> Paper:
    with override("zh-hans"):  # papers are Chinese, whoever is at work
        rows = [
            [
                str(n),
                str(covers.NAMES[one.insurance]),
                covers.agreement_name(one.agreement),
                zh_day(one.until),
            ]
            for n, one in enumerate(rules_exempt.exempt_rows(context), 1)
            if one.until
        ]
    return Paper(
        addressee=to,
        paragraphs=paragraphs,
        facts=person_facts(context),
        columns=["序号", "险种", "免缴依据", "参保证明至"],
        rows=rows,
        basis=["《中华人民共和国社会保险法》第五十八条、第九十七条", MEASURES + "第三条、第九条"],
    )


def _to_employer(context: Context, act: Act) -> Paper:
    return _paper(
        context,
        to=addressee(context),
        paragraphs=[
            "下列外国人依照社会保障双边协定免缴部分险种，其参保证明载明的期限已经届满。",
            f"请在{_term(context)}登录系统申报参保信息变更，参加下列险种；"
            "协定国主管机构已延长参保证明的，请上传新的参保证明，一并申报。",
        ],
    )


def _to_person(context: Context, act: Act) -> Paper:
    return _paper(
        context,
        to=latin_name(context),
        paragraphs=[
            "你依照社会保障双边协定免缴部分险种，参保证明载明的期限已经届满。你的用人单位应当为你申报参加下列险种；"
            "协定国主管机构已延长参保证明的，请将新的参保证明交给用人单位。",
            "The certificate of coverage under the agreement has run out. Your employer must now register you for the insurances "
            "below, unless the competent body of your country has extended the certificate: then hand the new one to your employer.",
        ],
    )


EXEMPTION_OVER = NoticeKind("INSURANCE_EXEMPTION", _to_employer)
EXEMPTION_OVER_PERSON = NoticeKind("INSURANCE_EXEMPTION_PERSON", _to_person, english=True)

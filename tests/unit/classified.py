"""Seventy people worked out by hand with the standard and the points table (domain 1), not with the program.

Each row: who, facts, class, points (salary + education + years + months + Chinese + place + age + merits + bonus), routes met.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Person(NamedTuple):
    who: str
    facts: dict[str, Any]
    category: str
    points: int
    met: str = ""

    def __str__(self) -> str:
        return self.who.replace(" ", "-")


FIT = {"catalogue_fit": True}
WAGE = 10_449  # yuan a month: six times = 62,694 a month, 752,328 a year; four times = 501,552 a year
# 14 + 15 + 11 + 15 + 3 + 15 = 73: the worked example of domain 1.5
MASTER = {
    "age": 38,
    "education": "master",
    "work_years": 8,
    "annual_salary_cny": 300_000,
    "months_per_year": 12,
    "hsk": "3",
}
# 20 + 20 + 11 + 15 + 5 + 15 = 86
DOCTOR = MASTER | {"education": "doctor", "annual_salary_cny": 450_000, "hsk": "5"}
# 8 + 10 + 5 + 15 + 0 + 15 = 53
STAFF = {
    "age": 30,
    "education": "bachelor",
    "work_years": 2,
    "annual_salary_cny": 120_000,
    "months_per_year": 12,
    "hsk": "none",
}
HIRED = STAFF | FIT | {"b_roles": ["hired"]}
# 0 + 10 + 0 + 0 + 0 + 0 + 10 = 20
TEACHER = FIT | {"age": 24, "education": "bachelor", "language_teacher": True}
INVESTOR = {
    "age": 50,
    "ip_investment": True,
    "investment_years": 3,
    "investment_usd": 500_000,
    "investment_share": 30,
}
GRADUATE = FIT | {
    "age": 25,
    "education": "master",
    "graduate": "china",
    "graduated_months": 6,
    "average_mark": 85,
    "degree_matches": True,
    "annual_salary_cny": 130_000,
    "average_wage": WAGE,
}

PEOPLE: tuple[Person, ...] = (
    # --- the two worked examples, and the thresholds themselves
    Person("worked example of 73 points", MASTER | FIT, "B", 73, "B6"),
    Person("worked example of 86 points", DOCTOR, "A", 86, "A6"),
    # 86 - 1 (HSK 4): 20+20+11+15+4+15 = 85
    Person("exactly 85 points", DOCTOR | {"hsk": "4"}, "A", 85, "A6"),
    # 86 - 2 (HSK 3): 84
    Person("84 points and the catalogue", DOCTOR | FIT | {"hsk": "3"}, "B", 84, "B6"),
    Person("84 points outside the catalogue", DOCTOR | {"hsk": "3"}, "", 84),
    # 53 + 2 (HSK 2) + 5 (merit) = 60
    Person("exactly 60 points", STAFF | FIT | {"hsk": "2", "merits": ["fortune500"]}, "B", 60, "B6"),
    # 53 + 1 + 5 = 59
    Person("59 points", STAFF | FIT | {"hsk": "1", "merits": ["fortune500"]}, "", 59),
    # every cap: 20+20+20+15+5+10+15+5+10
    Person(
        "the full 120 points",
        DOCTOR
        | {
            "work_years": 17,
            "age": 45,
            "location": ["west", "special"],
            "merits": ["ip", "five_years"],
            "local_bonus": 10,
        },
        "A",
        120,
        "A6",
    ),
    # --- bands of salary: 33 of others (education 10, years 5, months 15 … without age 18: use age 17 = 0, below the lowest age)
    Person("salary one yuan below 50 000", {"annual_salary_cny": 49_999}, "", 0),
    Person("salary of 50 000", {"annual_salary_cny": 50_000}, "", 5),
    Person("salary one yuan below 70 000", {"annual_salary_cny": 69_999}, "", 5),
    Person("salary of 70 000", {"annual_salary_cny": 70_000}, "", 8),
    Person("salary of 150 000", {"annual_salary_cny": 150_000}, "", 11),
    Person("salary of 250 000", {"annual_salary_cny": 250_000}, "", 14),
    Person("salary of 350 000", {"annual_salary_cny": 350_000}, "", 17),
    Person("salary one yuan below 450 000", {"annual_salary_cny": 449_999}, "", 17),
    Person("salary of 450 000", {"annual_salary_cny": 450_000}, "", 20),
    # --- bands of age, both ends included
    Person("aged 17 with a talent plan", {"age": 17, "talent_plan": True}, "", 0),
    Person("aged 18 with a talent plan", {"age": 18, "talent_plan": True}, "A", 10, "A1"),
    Person("aged 25", {"age": 25}, "", 10),
    Person("aged 26", {"age": 26}, "", 15),
    Person("aged 45", {"age": 45}, "", 15),
    Person("aged 46", {"age": 46}, "", 10),
    Person("aged 55", {"age": 55}, "", 10),
    Person("aged 56", {"age": 56}, "", 5),
    Person("aged 60", {"age": 60}, "", 5),
    Person("aged 61", {"age": 61}, "", 0),
    # --- years of work, months, Chinese, place
    Person("one year of work", {"age": 70, "work_years": 1}, "", 0),
    Person("two years of work", {"age": 70, "work_years": 2}, "", 5),
    Person("three years of work", {"age": 70, "work_years": 3}, "", 6),
    Person("sixteen years of work", {"age": 70, "work_years": 16}, "", 19),
    Person("seventeen years of work", {"age": 70, "work_years": 17}, "", 20),
    Person("forty years of work", {"age": 70, "work_years": 40}, "", 20),
    Person("two months a year", {"months_per_year": 2}, "", 0),
    Person("three months a year", {"months_per_year": 3}, "", 5),
    Person("six months a year", {"months_per_year": 6}, "", 10),
    Person("eight months a year", {"months_per_year": 8}, "", 10),
    Person("nine months a year", {"months_per_year": 9}, "", 15),
    Person("HSK 2 but formerly Chinese", {"hsk": "2", "chinese_ties": ["former_national"]}, "", 5),
    Person("a doctor who is also a technician", {"education": "doctor", "vocational": "technician"}, "", 20),
    Person(
        "a senior technician without a degree",
        {"education": "none", "vocational": "senior_technician"},
        "",
        20,
    ),
    Person("the west and a poor county", {"location": ["west", "special"]}, "", 10),
    Person("local bonus of seven", {"local_bonus": 7}, "", 7),
    # --- class A, the six routes
    Person("talent plan", {"age": 70, "talent_plan": True}, "A", 0, "A1"),
    Person("Nobel laureate of 88", {"age": 88, "achievements": ["nobel"]}, "A", 0, "A2"),
    Person("Olympic medallist", {"age": 29, "achievements": ["culture_sport"]}, "A", 15, "A2"),
    Person("author of three papers", {"age": 34, "achievements": ["papers", "professors"]}, "A", 15, "A2"),
    Person("manager at a high-tech enterprise", {"age": 40, "encouraged_posts": ["large"]}, "A", 15, "A3"),
    Person("provincial team's coach", {"age": 61, "encouraged_posts": ["sport"]}, "A", 0, "A3"),
    # 20 for the salary, 15 for the age
    Person(
        "pay of exactly six times the wage",
        {"age": 40, "annual_salary_cny": 752_328, "average_wage": WAGE},
        "A",
        35,
        "A3",
    ),
    Person(
        "pay one yuan below six times",
        {"age": 40, "annual_salary_cny": 752_327, "average_wage": WAGE},
        "",
        35,
    ),
    Person("pay above six times, wage unknown", {"age": 40, "annual_salary_cny": 900_000}, "", 35),
    Person("investor exactly at every figure", INVESTOR, "A", 10, "A4"),
    Person("investor one dollar short", INVESTOR | {"investment_usd": 499_999}, "", 10),
    Person("investor with 29 per cent", INVESTOR | {"investment_share": 29}, "", 10),
    Person("investor in the third year", INVESTOR | {"investment_years": 2}, "", 10),
    Person("manager by sales", {"age": 50, "leading_post": True, "sales_cny": 10_000_000}, "A", 10, "A4"),
    Person("manager by tax", {"age": 50, "leading_post": True, "tax_cny": 1_000_000}, "A", 10, "A4"),
    Person(
        "manager just below both",
        {"age": 50, "leading_post": True, "sales_cny": 9_999_999, "tax_cny": 999_999},
        "",
        10,
    ),
    Person(
        "manager of a listed start-up",
        {"age": 33, "leading_post": True, "innovative_enterprise": True},
        "A",
        15,
        "A4",
    ),
    Person("listed start-up without the post", {"age": 33, "innovative_enterprise": True}, "", 15),
    Person("postdoc of 40", {"age": 40, "postdoc": True}, "A", 15, "A5"),
    Person("postdoc of 41", {"age": 41, "postdoc": True}, "", 15),
    # --- class B, the routes; always with the catalogue
    Person("hired professional with two years", HIRED, "B", 53, "B1"),
    Person("hired professional with one year", HIRED | {"work_years": 1}, "", 48),
    Person("hired professional outside the catalogue", HIRED | {"catalogue_fit": False}, "", 53),
    Person("seconded chief representative", STAFF | FIT | {"b_roles": ["seconded"]}, "B", 53, "B1"),
    Person("contract engineer of 60", HIRED | {"age": 60, "b_roles": ["agreements"]}, "B", 43, "B1"),
    Person("contract engineer of 61", HIRED | {"age": 61, "b_roles": ["agreements"]}, "", 38),
    Person(
        "journalist without a degree", HIRED | {"education": "none", "b_roles": ["special_fields"]}, "", 43
    ),
    Person("office of an international organisation", STAFF | FIT | {"b_roles": ["offices"]}, "B", 53, "B1"),
    Person("holder of a skill certificate", FIT | {"age": 35, "skills": ["certificate"]}, "B", 15, "B2"),
    Person(
        "urgently needed welder",
        FIT | {"age": 35, "skills": ["urgent"], "vocational": "senior_worker"},
        "B",
        25,
        "B2",
    ),
    Person(
        "teacher with two years", TEACHER | {"mother_tongue_degree": True, "teaching_years": 2}, "B", 20, "B3"
    ),
    Person("teacher with one year", TEACHER | {"mother_tongue_degree": True, "teaching_years": 1}, "", 20),
    Person(
        "teacher with a teaching degree",
        TEACHER | {"mother_tongue_degree": True, "teaching_basis": ["teacher_degree"]},
        "B",
        20,
        "B3",
    ),
    Person(
        "teacher with 120 hours", TEACHER | {"mother_tongue_degree": True, "tefl_hours": 120}, "B", 20, "B3"
    ),
    Person("teacher with 119 hours", TEACHER | {"mother_tongue_degree": True, "tefl_hours": 119}, "", 20),
    Person(
        "teacher with a degree of another country",
        TEACHER | {"mother_tongue_degree": False, "teaching_years": 2},
        "",
        20,
    ),
    # 20 for the salary (501,552), 15 for the age
    Person(
        "pay of exactly four times the wage",
        FIT | {"age": 40, "annual_salary_cny": 501_552, "average_wage": WAGE},
        "B",
        35,
        "B4",
    ),
    Person(
        "pay one yuan below four times",
        FIT | {"age": 40, "annual_salary_cny": 501_551, "average_wage": WAGE},
        "",
        35,
    ),
    Person("project staff of a ministry", FIT | {"age": 59, "special_project": True}, "B", 5, "B5"),
    # salary 8, education 15, age 10
    Person("graduate: the place decides", GRADUATE, "", 33),
    # --- class C, and none
    Person("short-term worker", {"age": 35, "short_term": True}, "C", 15, "C2"),
    Person("short-term worker of 60", {"age": 60, "short_term": True}, "C", 5, "C2"),
    Person("short-term worker of 61", {"age": 61, "short_term": True}, "", 0),
    Person("intern under an agreement", {"age": 19, "quota": ["internship"]}, "C", 10, "C3"),
    Person("deep-sea fisherman", {"age": 44, "quota": ["fishing"]}, "C", 15, "C3"),
    Person("intern of 17", {"age": 17, "quota": ["internship"]}, "", 0),
    Person("another foreigner under the rules", {"age": 44, "under_rules": True}, "C", 15, "C1"),
    # --- several at once: the highest class counts, all routes are told
    Person(
        "laureate who also qualifies lower",
        HIRED | DOCTOR | {"achievements": ["nobel"], "short_term": True},
        "A",
        86,
        "A2 A6 B1 B6 C2",
    ),
    Person("aged 61, hired, and under the rules", HIRED | {"age": 61, "under_rules": True}, "C", 38, "C1"),
    Person("nothing stated", {}, "", 0),
    Person("no age stated", {"talent_plan": True}, "", 0),
)

"""Answers of official sources of prices in their own forms, written by hand."""

from __future__ import annotations

import json

PAGE = "<!DOCTYPE html><html><body>Access denied</body></html>"
FRED = (
    "observation_date,DEXCHUS\n2025-04-02,7.2700\n2025-04-03,7.2937\n2025-04-04,.\n"
    "2025-04-07,7.3101\n"
)


def frankfurter(**days):
    rates = {
        day.replace("_", "-").removeprefix("d"): {"JPY": value}
        for day, value in (days or {"d2025_04_02": 149.9, "d2025_04_03": 146.6}).items()
    }
    return json.dumps(
        {"amount": 1.0, "base": "USD", "start_date": "2025-04-02", "end_date": "2025-04-07",
         "rates": rates}
    )  # fmt: skip


def cfets(pair="USD/CNY", values=(("2025-04-07", "7.1980"), ("2025-04-03", "7.1889")), pages=1):
    return json.dumps({
        "head": {"version": "2.0", "rep_code": "200", "rep_message": ""},
        "data": {"searchlist": [pair], "pageTotal": pages, "flagMessage": "", "total": 2},
        "records": [{"date": day, "values": [value]} for day, value in values],
    })  # fmt: skip


def twse(*rows, **other):
    data = rows or (
        ["114/04/01", "20,697.83", "21,281.99", "20,697.83", "21,280.17"],
        ["114/04/02", "21,280.17", "21,438.83", "21,176.57", "21,298.22"],
    )
    return json.dumps({
        "stat": "OK", "date": "20250401", "title": "114年04月 發行量加權股價指數歷史資料",
        "fields": ["日期", "開盤指數", "最高指數", "最低指數", "收盤指數"],
        "data": [list(row) for row in data], "total": len(data),
    } | other, ensure_ascii=False)  # fmt: skip

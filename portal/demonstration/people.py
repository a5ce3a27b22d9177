"""The invented company's departments and the people who log in."""

from __future__ import annotations

from portal.core.permissions import Level, Role
from portal.demonstration.model import Department, Language, Person

COMPANY = {
    "en": "Cinabrio Trading Company",
    "es": "Comercial Cinabrio, S.A.",
    "zh": "朱砂国际贸易公司",
}
COMPANY_ADDRESS = {
    "en": "Calle de la Lonja 14, 46003 Valencia, Spain",
    "es": "Calle de la Lonja, 14 · 46003 Valencia",
    "zh": "西班牙巴伦西亚市隆哈街14号 46003",
}
COMPANY_PHONE = "+34 963 510 146"
COMPANY_FAX = "+34 963 510 147"

DEPARTMENTS = (
    Department("management", "General Management", head="carmen", deputy=None),
    Department("information", "Information Department", head="mei", deputy="ines"),
    Department("east", "Sales East 东亚业务部", head="wei", deputy="xiu"),
    Department("atlantic", "Ventas Atlántico", head="jorge", deputy="diego"),
    Department("legal", "Legal and Finance", head="emma", deputy="oliver"),
)


def _person(
    key: str,
    name: str,
    position: str,
    department: str,
    language: Language,
    *roles: Role,
    clearance: Level = Level.GENERAL,
) -> Person:
    return Person(
        key=key,
        name=name,
        email=f"{key}@cinabrio.example",
        position=position,
        department=department,
        roles=frozenset(roles),
        clearance=clearance,
        language=language,
    )


PEOPLE = (
    _person(
        "carmen",
        "Carmen Ibáñez Rueda",
        "Directora general",
        "management",
        "es",
        Role.GENERAL_MANAGER,
        clearance=Level.CORE,
    ),
    _person("grace", "Grace Pemberton", "Internal auditor", "management", "en", Role.AUDITOR, clearance=Level.CORE),
    _person("sam", "Samuel Brooks", "Systems administrator", "management", "en", Role.ADMINISTRATOR),
    _person("mei", "沈梅 Shen Mei", "档案室主任", "information", "zh", Role.RECORDS_MANAGER, clearance=Level.CORE),
    _person("ines", "Inés Carrasco Vela", "Archivera", "information", "es", Role.CLERK, clearance=Level.CORE),
    _person("tom", "Thomas Ashby", "Records clerk", "information", "en", Role.CLERK),
    _person(
        "wei",
        "陈伟 Chen Wei",
        "东亚业务部经理",
        "east",
        "zh",
        Role.EMPLOYEE,
        Role.MANAGER,
        clearance=Level.CORE,
    ),
    _person("xiu", "林秀 Lin Xiu", "高级业务员", "east", "zh", Role.EMPLOYEE, clearance=Level.CORE),
    _person("hao", "赵浩 Zhao Hao", "业务员", "east", "zh", Role.EMPLOYEE),
    _person("jorge", "Jorge Llorente Sanz", "Jefe de ventas", "atlantic", "es", Role.EMPLOYEE, Role.MANAGER),
    _person("diego", "Diego Navarro Gil", "Gestor de cuentas", "atlantic", "es", Role.EMPLOYEE),
    _person("ana", "Ana Torres Vidal", "Gestora de cuentas", "atlantic", "es", Role.EMPLOYEE),
    _person(
        "emma",
        "Emma Whitlock",
        "Head of Legal and Finance",
        "legal",
        "en",
        Role.EMPLOYEE,
        Role.MANAGER,
        clearance=Level.CORE,
    ),
    _person("oliver", "Oliver Hartley", "Contracts officer", "legal", "en", Role.EMPLOYEE, clearance=Level.CORE),
)

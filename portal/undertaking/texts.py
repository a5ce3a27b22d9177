"""The words of the undertaking: what they consist of, their digest, and the text that is offered first. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

LONGEST = 20_000
"""Characters of a text at most."""


@dataclass(frozen=True)
class Block:
    """A part of a text: "heading", "paragraph" (one text each), or "points" (a text for each)."""

    kind: str
    lines: tuple[str, ...]


def tidy(body: str) -> str:
    """A text as it is kept: line ends of one kind, nothing at the ends of lines, one empty line between parts."""
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def digest_of(language: str, body: str) -> str:
    """What an acceptance keeps of the text it was given to: SHA-256 of language and text, as hexadecimal digits."""
    return hashlib.sha256(f"{language}\n{body}".encode()).hexdigest()


def blocks_of(body: str) -> Sequence[Block]:
    """A text taken apart: "# " begins a heading, "- " a point; lines in between make a paragraph."""

    def kind(line: str) -> str:
        if not line:
            return ""
        return "heading" if line.startswith("# ") else "points" if line.startswith("- ") else "paragraph"

    blocks: list[Block] = []
    for found, group in groupby(tidy(body).split("\n"), kind):
        lines = tuple(line[2:].strip() if found in ("heading", "points") else line for line in group)
        if found == "heading":
            blocks += [Block(found, (line,)) for line in lines]
        elif found == "points":
            blocks.append(Block(found, lines))
        elif found:
            blocks.append(Block(found, (" ".join(lines),)))
    return blocks


DEFAULT_TEXTS: dict[str, str] = {
    "en": """\
# What this is about
The dossiers of our clients are business secrets. They belong to the company, not to the people who work with them. \
Whoever uses this archive promises the following.

# Reading
- I open a dossier only because my work requires it, and I name the real purpose and reason when I ask for it.
- What I am not allowed to read I do not obtain by way of a colleague, nor do I obtain it for others.
- My log-in and my card are mine alone. I lend them to nobody.

# No copies, nothing passed on
- I do not copy, photograph, transcribe or carry off what I read, on paper or on the screen, unless the records \
department has allowed it for that case.
- I pass nothing on, neither inside the company to somebody who may not know it, nor to anyone outside it.
- I know that every look is recorded, and that what I print or download bears my name, the time and the dossier.

# Paper files
- I return a borrowed file complete, in order and within three days, or by the day that stands on my loan slip.
- I do not hand a borrowed file to somebody else, and I do not keep it in a drawer, at home or on a journey.
- When something is missing or damaged I say so at once.

# When I leave or change department
- I take no client information along, in any form.
- I hand over everything I hold: files, copies, notes, contacts, and what stands on my devices.
- I name to my head every client I have looked after, so that somebody follows me without delay.

# It goes on
This promise does not end with my employment. What I have learned of clients remains confidential after I have left.

If I suspect that something has become known, I tell my head or the records department on the same day. I know that a \
breach is recorded and may have consequences under labour law and civil law.""",
    "es": """\
# De qué se trata
Los expedientes de nuestros clientes son secretos de la empresa. Pertenecen a la empresa, no a quienes trabajan con \
ellos. Quien usa este archivo se compromete a lo siguiente.

# Consultar
- Abro un expediente solo porque mi trabajo lo exige, y al solicitarlo indico la finalidad y el motivo verdaderos.
- Lo que no se me permite leer no lo obtengo por medio de un compañero, ni lo obtengo para otros.
- Mi usuario y mi tarjeta son personales. No se los presto a nadie.

# Sin copias y sin transmitir nada
- No copio, no fotografío, no transcribo ni me llevo lo que leo, en papel o en pantalla, salvo que el archivo lo \
haya autorizado para ese caso.
- No transmito nada, ni dentro de la empresa a quien no deba saberlo, ni a nadie de fuera.
- Sé que cada consulta queda registrada y que lo que imprimo o descargo lleva mi nombre, la hora y el expediente.

# Expedientes en papel
- Devuelvo lo prestado completo, en orden y en un plazo de tres días, o en la fecha que figura en mi resguardo.
- No entrego a otra persona un expediente prestado, ni lo guardo en un cajón, en casa o en un viaje.
- Si falta algo o algo está dañado, lo comunico enseguida.

# Cuando me marche o cambie de departamento
- No me llevo información de clientes, en ninguna forma.
- Entrego cuanto tengo: expedientes, copias, notas, contactos y lo que haya en mis dispositivos.
- Indico a mi jefe todos los clientes que he atendido, para que alguien me suceda sin demora.

# Sigue vigente
Este compromiso no termina con mi contrato. Lo que he sabido de los clientes sigue siendo confidencial después de mi \
marcha.

Si sospecho que algo ha llegado a saberse, lo comunico el mismo día a mi jefe o al archivo. Sé que un incumplimiento \
queda registrado y puede tener consecuencias laborales y civiles.""",
    "zh": """\
# 本承诺书的目的
客户案卷属于公司的商业秘密，归公司所有，不归经手人个人所有。凡使用本档案系统者，承诺遵守以下各项。

# 查阅
- 我只因工作需要查阅案卷，申请时如实说明目的和理由。
- 未获准查阅的内容，我不通过同事获取，也不替他人获取。
- 我的账号和借阅证只供本人使用，不借给任何人。

# 不复制，不外传
- 未经档案部门就该次查阅明确许可，我不复制、不拍照、不抄录，也不带走所查阅的内容，无论纸质还是屏幕显示。
- 我不外传任何内容：对公司内部无权知悉的人如此，对公司以外的任何人也如此。
- 我知道每次查阅都有记录，我打印或下载的内容带有我的姓名、时间和案卷编号。

# 纸质案卷
- 借出的案卷，我在三天之内，或在借出凭单注明的日期之前，完整、有序地归还。
- 我不把借出的案卷转给他人，不存放在抽屉里、家中，也不带出差。
- 发现缺失或损坏，我立即报告。

# 离职或调动
- 我不以任何形式带走客户信息。
- 我移交所持有的全部材料：案卷、复印件、笔记、联系方式，以及个人设备上的内容。
- 我向部门负责人列明我负责过的全部客户，以便接任人及时接手。

# 长期有效
本承诺不因劳动关系结束而终止。离职以后，我对所知悉的客户信息继续保密。

如怀疑信息已经泄露，我当天报告部门负责人或档案部门。我知道违反承诺会被记录，并可能承担劳动法和民事上的责任。""",
}
"""The first draft, offered where there is no version yet (R9 to R12, R17)."""

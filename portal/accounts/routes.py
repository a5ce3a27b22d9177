"""Log-in, one's own account, and the administrator's list of people."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.accounts import queries, services
from portal.accounts.forms import (
    LANGUAGE_NAMES,
    CardForm,
    LeadersForm,
    LogInForm,
    NewPersonForm,
    PasswordForm,
    RightsForm,
)
from portal.accounts.models import Department, Person
from portal.accounts.session import SessionUser
from portal.core.errors import Invalid, NotFound
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, ROLE_NAMES, Level, Permission, Role
from portal.database import begin_writing
from portal.http.edge import can_be_opened, current_work, get_parts, say, translate
from portal.http.guards import Open, Room
from portal.http.safety import is_own_path

accounts = Room("accounts", __name__)


@accounts.page("/log-in", may=Open.TO_ALL, methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Ask for name and password."""
    if current_user.is_authenticated and request.method == "GET":
        return redirect(url_for("home.front_page"))
    form = LogInForm()
    if not form.validate_on_submit():
        return render_template("accounts/log_in.html", form=form), 422 if form.is_submitted() else 200
    work = current_work()
    work.session.rollback()  # Hashing takes a while: the database is not held for writing meanwhile.
    try:
        with get_parts().writing() as attempt:
            services.count_attempt(attempt, form.login.data)
        checked = services.check_password(work, form.login.data, form.password.data)
        person_id, password_hash = checked.id, checked.password_hash
        work.session.rollback()
        begin_writing(work.session)
        person, token = services.open_log_in(
            work,
            person_id,
            password_hash,
            hours=get_parts().settings.session_hours,
            address=request.remote_addr,
            browser=request.user_agent.string,
        )
    except services.LoginRefused as refused:
        work.session.rollback()
        with get_parts().writing() as failure:
            failure.address = request.remote_addr
            services.record_failed_login(failure, form.login.data, refused.person_id)
        form.form_errors.append(translate(refused.message))
        return render_template("accounts/log_in.html", form=form), refused.status
    session.clear()
    row = queries.session_by_token(work.session, token, work.now)
    assert row is not None
    login_user(SessionUser(token, row, queries.actor_of(work.session, person)))
    return redirect(_safe_next(request.args.get("next", "")))


def _safe_next(target: str) -> str:
    """Only a path of this portal may follow a log-in."""
    return target if is_own_path(target) else url_for("home.front_page")


@accounts.page("/log-out", may=Open.TO_LOGGED_IN, methods=["POST"], before_gate=True)
def log_out() -> ResponseReturnValue:
    """End this log-in."""
    services.log_out(current_work(), current_user.session_id)
    language = current_user.language
    logout_user()
    session.clear()
    session["language"] = language
    return redirect(url_for("accounts.log_in"))


@accounts.page("/language", may=Open.TO_ALL, methods=["POST"])
def choose_language() -> ResponseReturnValue:
    """Switch the language, for this browser and, when logged in, for the person."""
    language = request.form.get("language", "")
    if language in LANGUAGE_NAMES:
        session["language"] = language
        if current_user.is_authenticated:
            services.set_language(current_work(), language)
    target = _safe_next(request.form.get("next", ""))
    # The page shown may be the answer to a form, whose address cannot be opened.
    return redirect(target if can_be_opened(urlsplit(target).path) else url_for("home.front_page"))


@accounts.page("/account", may=Open.TO_LOGGED_IN, methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """One's own account: password, sessions."""
    work = current_work()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            services.change_password(
                work,
                form.old.data,
                form.new.data,
                least=get_parts().policy(work.session).password_length,
                session_id=current_user.session_id,
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("Your password is changed. Every other log-in of yours has ended."))
            return redirect(url_for("accounts.account"))
    person = work.session.get_one(Person, work.person.id)
    sessions = queries.open_sessions(work.session, person.id, work.now)
    page = render_template(
        "accounts/account.html",
        form=form,
        card_form=CardForm(formdata=None, row_version=person.row_version),
        person=person,
        sessions=sessions,
        role_names=ROLE_NAMES,
    )
    return page, 422 if form.is_submitted() else 200


@accounts.page("/people/<int:person_id>/card", may=Open.TO_LOGGED_IN, methods=["POST"], once=True)
def replace_card(person_id: int) -> ResponseReturnValue:
    """A new card for a lost one: one's own, or anybody's for the administrator."""
    work = current_work()
    person = services.replace_card(work, person_id, CardForm().version())
    say(N_("The new card has the number %(number)s. The old one is no longer good."), number=person.card_number)
    if person.id == work.person.id:
        return redirect(url_for("accounts.account"))
    return redirect(url_for("accounts.edit_rights", person_id=person.id))


@accounts.page("/people", may=Permission.PEOPLE_MANAGE)
def people() -> ResponseReturnValue:
    """Everyone with an account."""
    rows = current_work().session.scalars(
        select(Person).options(selectinload(Person.roles), selectinload(Person.department)).order_by(Person.name)
    )
    return render_template("accounts/people.html", people=rows.all(), role_names=ROLE_NAMES, level_names=LEVEL_NAMES)


@accounts.page("/people/new", may=Permission.PEOPLE_MANAGE, methods=["GET", "POST"])
def add_person() -> ResponseReturnValue:
    """Add an account."""
    work = current_work()
    form = NewPersonForm()
    form.offer([(row.id, row.name) for row in queries.departments(work.session)])
    if form.validate_on_submit():
        try:
            person = services.add_person(
                work,
                login=form.login.data,
                name=form.name.data,
                password=form.password.data,
                roles=[Role(value) for value in form.roles.data],
                department_id=form.department_id.data,
                clearance=Level(form.clearance.data),
                language=form.language.data,
                email=form.email.data or "",
                password_length=get_parts().policy(work.session).password_length,
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("%(name)s can log in now."), name=person.name)
            return redirect(url_for("accounts.people"))
    return render_template("accounts/new_person.html", form=form), 422 if form.is_submitted() else 200


@accounts.page("/people/<int:person_id>", may=Permission.PEOPLE_MANAGE, methods=["GET", "POST"])
def edit_rights(person_id: int) -> ResponseReturnValue:
    """Roles, department and clearance of a person."""
    work = current_work()
    person = work.session.get(Person, person_id)
    if person is None:
        raise NotFound()
    form = RightsForm(
        roles=[role.value for role in person.role_set],
        department_id=person.department_id,
        clearance=person.clearance.value,
        row_version=person.row_version,
    )
    form.offer([(row.id, row.name) for row in queries.departments(work.session)])
    if form.validate_on_submit():
        services.change_rights(
            work,
            person,
            version=form.version(),
            roles=[Role(value) for value in form.roles.data],
            department_id=form.department_id.data,
            clearance=Level(form.clearance.data),
        )
        say(N_("The rights of %(name)s are changed; their open log-ins have ended."), name=person.name)
        return redirect(url_for("accounts.people"))
    card_form = CardForm(formdata=None, row_version=person.row_version)
    page = render_template("accounts/rights.html", form=form, card_form=card_form, person=person)
    return page, 422 if form.is_submitted() else 200


@accounts.page("/people/departments", may=Permission.PEOPLE_MANAGE)
def departments() -> ResponseReturnValue:
    """Departments, who leads them, and who stands in."""
    work = current_work()
    names = {row.id: row.name for row in work.session.execute(select(Person.id, Person.name))}
    return render_template("accounts/departments.html", departments=queries.departments(work.session), names=names)


@accounts.page("/people/departments/<int:department_id>", may=Permission.PEOPLE_MANAGE, methods=["GET", "POST"])
def lead_department(department_id: int) -> ResponseReturnValue:
    """Name head and deputy of a department."""
    work = current_work()
    department = work.session.get(Department, department_id)
    if department is None:
        raise NotFound()
    form = LeadersForm(
        head_id=department.head_id or 0, deputy_id=department.deputy_id or 0, row_version=department.row_version
    )
    form.offer([(person.id, person.name) for person in queries.active_people(work.session)])
    if form.validate_on_submit():
        try:
            services.lead_department(
                work, department, form.head_id.data or None, form.deputy_id.data or None, version=form.version()
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            say(N_("Head and deputy of %(name)s are named."), name=department.name)
            return redirect(url_for("accounts.departments"))
    page = render_template("accounts/leaders.html", form=form, department=department)
    return page, 422 if form.is_submitted() else 200

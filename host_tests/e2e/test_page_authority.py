"""The certificates of the back end's authority in the view Settings."""

import ocpp_certificates as made
from page_steps import SIZES, confirm, press, setting, upload, wait_text
from test_page_views import AXE, serious

URL = "/api/v1/ocpp_ca"


def open_back_end(open_page, role="installer", **how):
    """Open the settings with all of the back end's."""
    page = open_page("settings", role, size="phone", **how)
    page.check("#everything")
    setting(page, "OcppTls")
    page.wait_for_selector("#ca-pem:visible")
    return page


def test_certificates_are_put_in_shown_and_removed(open_page, web):
    web.bench("/world", {"clock.utc": "2026-05-03T12:00:00Z"})
    page = open_back_end(open_page)
    kept = web.data / "ocpp.ca.pem"
    assert not kept.exists() and page.locator("#ca li").count() == 0
    assert page.is_hidden("#authority button:text-is('Remove')")
    begun = made.CENTRAL[:200]
    broken = made.CENTRAL.replace(made.CENTRAL.splitlines()[3] + "\n", "")
    for wrong in ("", "no certificate", "-----BEGIN PRIVATE KEY-----\nMIIB\n", begun, broken):
        page.fill("#ca-pem", wrong)
        press(page, "Save the certificates")
        wait_text(page, "#ca-pem-error", "^must be a certificate in PEM$")
        assert (
            page.get_attribute("#ca-pem", "aria-invalid") == "true" and page.input_value("#ca-pem") == wrong
        )
        page.evaluate("document.querySelector('#ca-pem-error').textContent = ''")
    page.fill("#ca-pem", made.CENTRAL * 20)
    press(page, "Save the certificates")
    wait_text(page, "#ca-pem-error", "^the body is too long$")
    assert not kept.exists()
    page.fill("#ca-pem", made.CENTRAL)
    press(page, "Save the certificates")
    wait_text(page, "#ca", r"^Operator, RootValid until 01/01/2055")
    assert kept.read_text() == made.CENTRAL and page.inner_text("#ca-pem-error") == ""
    assert page.input_value("#ca-pem") == ""
    page.fill("#find", "ocpp_ca")
    assert page.is_visible("#authority") and page.locator("[data-key]:visible").count() == 0
    # A file is looked at before it is sent, and takes the place of what is kept.
    both = made.CENTRAL_RSA + made.CENTRAL_OLD
    upload(page, "#ca-file", "ca.pem", "application/x-pem-file", both.encode())
    page.wait_for_function("() => document.getElementById('ca-pem').value.includes('BEGIN CERTIFICATE')")
    assert kept.read_text() == made.CENTRAL
    press(page, "Save the certificates")
    wait_text(
        page,
        "#ca",
        "Root RSAValid until 01/01/2055.*Operator, OldValid until 01/01/2025.*The certificate has expired",
    )
    assert kept.read_text() == both and page.locator("#ca .error").count() == 1
    page.locator("#authority").get_by_role("button", name="Remove", exact=True).click()
    confirm(page)
    page.wait_for_selector("#ca li", state="detached")
    wait_text(page, "#toast", "Saved")
    assert not kept.exists() and page.is_hidden("#authority button:text-is('Remove')")


def test_certificates_cannot_change_while_a_car_charges_and_are_the_installers(open_page, web):
    page = open_back_end(open_page)
    web.bench("/world", {"car.pilot": "C"})
    web.wait(lambda: web.bench("/status")["c1.closed"])
    page.fill("#ca-pem", made.CENTRAL)
    press(page, "Save the certificates")
    wait_text(page, "#ca-pem-error", "^not while the station is charging$")
    web.bench("/world", {"car.pilot": "A"})
    web.wait(lambda: not web.bench("/status")["c1.closed"])
    press(page, "Save the certificates")
    wait_text(page, "#ca", "Root")
    owner = open_back_end(open_page, "user")
    wait_text(owner, "#ca", "Root")
    wait_text(owner, "#ca-pem-help", "Only the installer changes this")
    assert owner.is_disabled("#ca-pem") and owner.locator("#authority button:visible, #ca-file").count() == 0
    page.locator("#authority").get_by_role("button", name="Remove", exact=True).click()
    confirm(page)
    page.wait_for_selector("#ca li", state="detached")


def test_certificates_fit_a_phone_and_are_accessible(open_page, web):
    for language, scheme in (("de", "dark"), ("nl", "light")):
        page = open_back_end(open_page, language=language, scheme=scheme)
        page.evaluate(AXE.read_text())
        page.fill("#ca-pem", "x" * 200)
        page.click("#authority .main")
        wait_text(
            page, "#ca-pem-error", {"de": "muss ein Zertifikat", "nl": "moet een certificaat"}[language]
        )
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]
        assert serious(page) == []

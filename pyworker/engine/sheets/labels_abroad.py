"""The words of title blocks and zones in German, French and Japanese, which `labels` takes beside its own."""

from __future__ import annotations

FIELDS: dict[str, str] = {
    "number": "plannummer, plan-nr, plannr, zeichnungsnummer, zeichnungs-nr, zeichnung nr, zeichn nr, zng-nr, "
    "blatt-nr, sachnummer, dokumentnummer, dokument-nr, ident-nr, "
    "no de plan, no du plan, no plan, numero de plan, numero du plan, no de dessin, no dessin, dessin no, no document, "
    "no de document, "
    "図面番号, 図番, 図面no",
    "title": "planinhalt, plantitel, planbezeichnung, benennung, bezeichnung, "
    "zeichnungsinhalt, zeichnungstitel, titel, darstellung, "
    "titre, titre du plan, désignation, désignation du plan, objet, objet du plan, intitulé, "
    "intitulé du plan, nom du plan, "
    "図面名称, 図面名, 図名",
    "project": "bauvorhaben, projekt, objekt, bauprojekt, projektbezeichnung, projektname, vorhaben, bv, "
    "projet, opération, affaire, chantier, nom du projet, ouvrage, "
    "工事名称, 工事名, 件名, 物件名",
    "item": "bauteil, bauabschnitt, gewerk, gebäude, lot, bâtiment, tranche",
    "project_number": "projekt-nr, projektnummer, auftrags-nr, auftragsnummer, auftrag nr, komm-nr, kommission, "
    "no d'affaire, no affaire, numero d'affaire, no de projet, no projet, no d'opération, code affaire",
    "date": "datum, plandatum, ausgabedatum, erstellungsdatum, erstellt am, stand, "
    "date d'émission, date de création, date d'édition, date du plan, "
    "日付, 年月日, 作成日, 作成年月日, 設計年月日",
    "revision": "index, änderung, änderungsindex, ausgabe, indice, ind, révision, indice de révision, 訂正, 改訂",
    "scale": "maßstab, massstab, échelle, échelles, ech, 縮尺",
    "drawn": "gezeichnet, gez, gezeichnet von, bearbeitet, bearb, bearbeiter, zeichner, erstellt, erstellt von, "
    "dessiné, dessiné par, dessinateur, dess, établi, établi par, 製図, 作図",
    "designed": "entwurf, entworfen, konstruiert, konstrukteur, conçu par, conception, concepteur, étudié par, 設計",
    "checked": "geprüft, gepr, geprüft von, prüfer, vérifié, vérifié par, vérificateur, vérif, contrôlé, contrôlé par, "
    "検図, 照査, 審査",
    "approved": "freigegeben, freigegeben von, freigabe, genehmigt, approuvé, approuvé par, approbateur, validé, "
    "validé par, 承認",
    "lead": "projektleiter, projektleitung, chef de projet, chargé d'affaires",
    "client": "bauherr, bauherrschaft, auftraggeber, kunde, maître d'ouvrage, maîtrise d'ouvrage, moa, 発注者, 施主",
    "consultant": "architekt, planverfasser, entwurfsverfasser, tragwerksplaner, tragwerksplanung, auftragnehmer, "
    "ingenieurbüro, architecte, maître d'œuvre, maître d'oeuvre, maîtrise d'œuvre, bureau d'études, entreprise, "
    "設計者",
    "location": "bauort, standort, anschrift, adresse, lieu, adresse du projet",
    "phase": "leistungsphase, planstatus, planungsphase, statut",
    "sheet": "blatt, folio, feuille, planche",
    "size": "blattgröße, blattgrösse, papierformat, planformat",
    "file": "datei, dateiname, fichier, nom du fichier",
}
"""Labels as they are written; a number's sign is "no"."""

ACCENTED: dict[str, str] = {"änd": "revision"}
"""Labels that are words of another language without their accents."""

KEY = "ubersichtsplan|plan de situation|案内図"
REVISIONS = "anderungen|anderungsindex|tableau des indices|indices"
LEGEND = "legende|zeichenerklarung|symbole|凡例"
NOTES = "hinweise?|allgemeine hinweise|bemerkungen|anmerkungen|remarques|nota|notes generales|特記事項|注記"
SCHEDULE = "tableau|nomenclature|liste|stuckliste"
"""What a zone's title begins with, normalised."""
SCHEDULE_ENDS = r"\w*liste|\w*tabelle|nomenclature|\w*表"
"""What a schedule's title ends with; German compounds."""
VIEWS = (
    r"\w*grundriss|\w*grundriß|\w*schnitt|\w*ansicht|draufsicht|lageplan|perspektive|isometrie|"
    r"coupe|facade|vue|axonometrie|perspective|\w*(?:平面|立面|断面|詳細|配置|展開|系統)図"
)
SCALES = r"maßstab|massstab|echelle|ech|m|s|縮尺"

REVISION_MARK = ("index", "ind", "indice")
REVISION_DATE = ("datum",)
REVISION_WHAT = (
    "anderung",
    "anderungen",
    "art der anderung",
    "modification",
    "modifications",
    "libelle",
    "objet",
)
"""The header of a revision table."""

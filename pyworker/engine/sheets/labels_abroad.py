"""The words of title blocks and zones in other languages, which `labels` takes beside its own.

German, French, Japanese, Chinese, Russian, Spanish, Italian and Portuguese.
"""

from __future__ import annotations

FIELDS: dict[str, str] = {
    "number": "plannummer, plan-nr, plannr, zeichnungsnummer, zeichnungs-nr, zeichnung nr, zeichn nr, zng-nr, "
    "blatt-nr, sachnummer, dokumentnummer, dokument-nr, ident-nr, no de plan, no du plan, no plan, "
    "numero de plan, numero du plan, no de dessin, no dessin, dessin no, no document, no de document, "
    "図面番号, 図番, 図面no, обозначение, обозначение документа, номер чертежа, no чертежа, шифр чертежа, 图号, "
    "图样代号, 图纸编号, 图纸号, no de plano, no plano, número de plano, plano no, código de plano, lámina no, "
    "no de lámina, no disegno, no del disegno, numero disegno, disegno no, tavola, tav, tavola no, "
    "no tavola, codice disegno, no do desenho, número do desenho, desenho no, prancha no, "
    "código do desenho",
    "title": "planinhalt, plantitel, planbezeichnung, benennung, bezeichnung, zeichnungsinhalt, "
    "zeichnungstitel, titel, darstellung, titre, titre du plan, désignation, désignation du plan, "
    "objet, objet du plan, intitulé, intitulé du plan, nom du plan, 図面名称, 図面名, 図名, наименование, "
    "название, наименование чертежа, название чертежа, 图名, 图纸名称, 图样名称, 零件名称, título, título del plano, "
    "nombre del plano, denominación, denominación del plano, contenido, titolo, titolo disegno, "
    "oggetto, denominazione, contenuto, título do desenho, denominação, assunto, conteúdo",
    "project": "bauvorhaben, projekt, objekt, bauprojekt, projektbezeichnung, projektname, vorhaben, bv, projet, "
    "opération, affaire, chantier, nom du projet, ouvrage, 工事名称, 工事名, 件名, 物件名, объект, проект, "
    "наименование объекта, наименование проекта, название проекта, 工程名称, 项目名称, 工程项目, proyecto, "
    "nombre del proyecto, obra, progetto, nome progetto, projeto, nome do projeto, empreendimento",
    "item": "bauteil, bauabschnitt, gewerk, gebäude, lot, bâtiment, tranche, 子项名称, 子项, 单项名称",
    "project_number": "projekt-nr, projektnummer, auftrags-nr, auftragsnummer, auftrag nr, komm-nr, kommission, "
    "no d'affaire, no affaire, numero d'affaire, no de projet, no projet, projet no, no d'opération, "
    "code affaire, шифр проекта, номер проекта, no проекта, номер договора, 工程编号, 工程号, 项目编号, 设计号, "
    "no de proyecto, número de proyecto, commessa, no commessa, codice progetto, no do projeto",
    "date": "datum, plandatum, ausgabedatum, erstellungsdatum, erstellt am, stand, date d'émission, "
    "date de création, date d'édition, date du plan, 日付, 年月日, 作成日, 作成年月日, 設計年月日, дата, дата выпуска, "
    "日期, 出图日期, fecha, fecha de emisión, data, data di emissione, data di creazione, data de emissão",
    "revision": "index, änderung, änderungsindex, ausgabe, indice, ind, révision, indice de révision, 訂正, 改訂, "
    "изменение, изм, ревизия, версия, 版本, 版次, 版本号, revisión, revisione, no revisione, numero di versione, "
    "versione, revisão, version",
    "scale": "maßstab, massstab, échelle, échelles, ech, 縮尺, масштаб, 比例, escala, escalas, scala",
    "drawn": "gezeichnet, gez, gezeichnet von, bearbeitet, bearb, bearbeiter, zeichner, erstellt, erstellt von, "
    "dessiné, dessiné par, dessinateur, dess, établi, établi par, 製図, 作図, разработал, разраб, чертил, "
    "начертил, выполнил, исполнил, исполнитель, 制图, 绘图, dibujó, dibujado, dibujado por, delineado, "
    "delineado por, delineante, disegnato, disegnato da, disegnatore, redatto, redatto da, desenhou, "
    "desenhado, desenhado por, desenhista, auteur, nom auteur, nom de l'auteur",
    "designed": "entwurf, entworfen, konstruiert, konstrukteur, conçu par, conception, concepteur, étudié par, 設計, "
    "проектировал, спроектировал, конструктор, 设计, 设计人, diseñó, diseñado, diseñado por, proyectó, "
    "proyectado por, proyectista, calculó, progettista, nome progettista, progettato, progettato da, "
    "projetista, projetado por",
    "checked": "geprüft, gepr, geprüft von, prüfer, vérifié, vérifié par, vérificateur, vérif, contrôlé, "
    "contrôlé par, contrôle, control, 検図, 照査, 審査, проверил, пров, проверила, 校对, 校核, 审核, 复核, revisó, "
    "revisado, "
    "revisado por, comprobado, comprobado por, verificó, verificado, verificado por, controllato, "
    "controllato da, verificato, verificato da, supervisore, verificou, superviseur, nom superviseur, "
    "nom du superviseur",
    "approved": "freigegeben, freigegeben von, freigabe, genehmigt, approuvé, approuvé par, approbateur, approuv, "
    "aprouv, validé, "
    "validé par, 承認, утвердил, утв, утверждаю, 批准, 审定, 核准, aprobó, aprobado, aprobado por, approvato, "
    "approvato da, aprovou, aprovado, aprovado por",
    "lead": "projektleiter, projektleitung, chef de projet, chargé d'affaires, гип, гап, "
    "главный инженер проекта, главный архитектор проекта, 项目负责人, 专业负责人, 工程负责人, "
    "responsable del proyecto, capo progetto",
    "client": "bauherr, bauherrschaft, auftraggeber, kunde, maître d'ouvrage, maîtrise d'ouvrage, moa, 発注者, 施主, "
    "заказчик, застройщик, 建设单位, 业主, cliente, promotor, propietario, committente, proprietà, "
    "proprietário",
    "consultant": "architekt, planverfasser, entwurfsverfasser, tragwerksplaner, tragwerksplanung, auftragnehmer, "
    "ingenieurbüro, architecte, maître d'œuvre, maître d'oeuvre, maîtrise d'œuvre, bureau d'études, "
    "entreprise, 設計者, проектная организация, организация, разработчик, 设计单位, empresa, contratista, "
    "arquitecto, ditta, impresa, studio tecnico, société",
    "location": "bauort, standort, anschrift, adresse, lieu, adresse du projet, адрес, адрес объекта, "
    "местоположение, ubicación, situación, emplazamiento, dirección, ubicazione, località, indirizzo, "
    "localização, endereço",
    "phase": "leistungsphase, planstatus, planungsphase, statut, стадия, 阶段, 设计阶段, fase, etapa",
    "sheet": "blatt, folio, feuille, planche, лист, 页码, hoja, lámina, foglio, pagina, folha, prancha",
    "size": "blattgröße, blattgrösse, papierformat, planformat, формат, 图幅, formato, tamaño, tamanho, format",
    "file": "datei, dateiname, fichier, nom du fichier, файл, имя файла, archivo, nome file, arquivo",
}
"""Labels as they are written; a number's sign is "no"."""

NO_FIELD = (
    "signature, signed, sign, sig, initials, weight, mass, material, tolerance, tolerances, projection, finish, "
    "surface finish, document type, total sheets, name, part number, part no, "
    "chữ ký, ký tên, họ tên, họ và tên, chức danh, vật liệu, khối lượng, "
    "unterschrift, gewicht, masse, werkstoff, oberfläche, allgemeintoleranz, name, "
    "visa, poids, matière, nom, tolérances, "
    "подп, подпись, масса, материал, лит, литера, листов, т контр, н контр, нормоконтроль, no докум, no док, кол уч, "
    "фамилия, 签名, 签字, 重量, 材料, 阶段标记, 标准化, 工艺, 处数, 分区, 更改文件号, "
    "firma, firme, nombre, peso, rugosidad, tolerancia, tolleranza, rugosità, materiale, nome"
)
"""Labels of title blocks that name none of the fields."""

ACCENTED: dict[str, str] = {"änd": "revision"}
"""Labels that are words of another language without their accents."""

KEY = "ubersichtsplan|plan de situation|案内図|ситуационныи план|plano de situacion|inquadramento"
REVISIONS = (
    "anderungen|anderungsindex|tableau des indices|indices|таблица изменении|изменения|revisiones|"
    "revisioni|修改记录"
)
LEGEND = "legende|zeichenerklarung|symbole|凡例|图例|условные обозначения|leyenda|simbologia|legenda"
NOTES = (
    "hinweise?|allgemeine hinweise|bemerkungen|anmerkungen|remarques|nota|notes generales|特記事項|注記|"
    "说明|设计说明|примечани[ея]|общие указания|технические требования|notas|note generali"
)
SCHEDULE = (
    "tableau|nomenclature|liste|stuckliste|спецификация|ведомость|экспликация|таблица|tabla|cuadro|"
    "lista de|tabella|elenco|distinta"
)
"""What a zone's title begins with, normalised."""
SCHEDULE_ENDS = r"\w*liste|\w*tabelle|nomenclature|\w*表"
"""What a schedule's title ends with; German compounds."""
VIEWS = (
    r"\w*grundriss|\w*grundriß|\w*schnitt|\w*ansicht|draufsicht|lageplan|perspektive|isometrie|"
    r"coupe|facade|vue|axonometrie|perspective|план|разрез|сечение|фасад|узел|схема|вид|"
    r"planta|alzado|seccion|corte|detalle|pianta|prospetto|sezione|particolare|vista|\w*(?:平面|立面|断面|剖面|詳細|配置|展開|系統|系统)[図图]"
)
SCALES = r"maßstab|massstab|echelle|ech|m|s|縮尺|比例|масштаб|м|escala|esc|scala"

REVISION_MARK = ("index", "ind", "indice")
REVISION_DATE = ("datum", "дата", "日期", "fecha", "data")
REVISION_WHAT = (
    "anderung",
    "anderungen",
    "art der anderung",
    "modification",
    "modifications",
    "libelle",
    "objet",
    "описание",
    "修改内容",
    "descripcion",
    "descrizione",
)
"""The header of a revision table."""

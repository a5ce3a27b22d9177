"""Los papeles escritos en español: the papers written in Spanish."""

from __future__ import annotations

from portal.demonstration.voice import ContractTerms, Voice

MATTERS = {
    "es-fax-manteles": (
        (
            "Hay manchas de óxido en los manteles de lino crudo que llegaron con el pedido {order}. De "
            "{quantity} piezas revisadas, veintitrés no se pueden vender."
        ),
        (
            "La mancha está siempre en el doblez exterior, donde la tela tocaba el fleje. Adjuntamos la "
            "relación de bultos en la hoja siguiente y guardamos las piezas para que las vea su perito."
        ),
        "Pedimos la reposición antes del {soon}, porque las tiendas ya han anunciado la colección.",
    ),
    "es-fax-bisagras": (
        (
            "Trescientas cajas de bisagras de latón envejecido, medida de diez centímetros y con tornillo "
            "incluido: les rogamos que las añadan al pedido {order}."
        ),
        (
            "El transportista recoge en Altamira el {soon}. Si no llegan a tiempo, que salgan con el "
            "contenedor siguiente."
        ),
    ),
    "es-carta-azulejo": (
        (
            "Le confirmamos que la serie de azulejo cobalto con cenefa de granadas vuelve a fabricarse "
            "desde el {before}, en formato de veinte por veinte y en dos calidades."
        ),
        (
            "El horno nuevo permite cocer {quantity} metros a la semana. Mantenemos el precio de la tarifa "
            "anterior para los pedidos que entren antes del {soon}."
        ),
    ),
    "es-contrato-bajio": (
        (
            "El Distribuidor organizará cada año la feria de herramienta de San Miguel de las Jaras, cuyos "
            "gastos se reparten por mitades entre las partes."
        ),
    ),
    "es-contrato-alboran": (
        (
            "La colección Noche de Levante se distribuye solamente por el Distribuidor, y ninguna de las "
            "partes la venderá por catálogo sin permiso escrito de la otra."
        ),
    ),
    "es-carta-vajilla": (
        (
            "Hemos preparado las muestras de la vajilla de barro negro con filo de plata que nos pidió "
            "para la temporada de fiestas. Salen hoy por mensajería, en dos cajas."
        ),
        (
            "El precio de prueba vale para {quantity} juegos. A partir de esa cantidad podemos rebajar un "
            "{percent} por ciento, siempre que el pedido sea firme antes del {soon}."
        ),
    ),
    "es-carta-dictamen": (
        (
            "Hemos estudiado la cláusula de no competencia del acuerdo con el antiguo agente de Setúbal. A "
            "nuestro juicio es válida por dos años, y no por los cinco que figuran en el texto."
        ),
        (
            "Recomendamos no demandar todavía y enviar antes un requerimiento notarial, cuyo borrador "
            "acompañamos. El plazo vence el {soon}."
        ),
    ),
    "es-carta-cortinas": (
        (
            "Respondemos a su consulta sobre las cortinas de gasa color azafrán. La tintorería ha "
            "corregido el tono y garantiza que no varía de una partida a otra."
        ),
        (
            "Les enviamos con esta carta tres retales numerados. Díganos cuál prefieren sus tiendas y "
            "reservaremos {quantity} metros a su nombre."
        ),
    ),
    "es-fax-velas": (
        (
            "Necesitamos con urgencia mil velas de cera de agave para la romería de octubre. Las últimas "
            "se vendieron en cuatro días."
        ),
        "Aceptamos el recargo por transporte aéreo si la mercancía está en Guadalajara antes del {soon}.",
    ),
    "es-fax-gres": (
        (
            "Las placas de gres imitación pizarra del pedido {order} llegaron con el lote cambiado: en el "
            "palé decía tono 14 y dentro había tono 17."
        ),
        ("No las devolvemos, porque el cliente final las acepta, pero pedimos un abono del {percent} por ciento."),
    ),
    "es-llamada-arbitraje": (
        (
            "Llamó la señora Quiroga. La corte de arbitraje ha nombrado presidente al profesor Landaburu y "
            "la vista del asunto del almacén de Paterna será el {soon}."
        ),
        (
            "Pide los originales de los albaranes. Le dije que no salen del archivo sin solicitud y que le "
            "mandamos copia cotejada."
        ),
    ),
    "es-llamada-taladros": (
        (
            "Paulina Zavala cuenta que los taladros de columna color verde botella se venden mejor que los "
            "rojos, que siguen en bodega desde el {before}."
        ),
        "Propone cambiar {quantity} rojos por verdes, con el flete a medias. Quedé en contestarle el {soon}.",
    ),
    "es-llamada-almacen": (
        (
            "Vicent Soler avisa de que el muelle del almacén de Ontinyent estará cerrado por obras del "
            "puente de la rambla hasta el {soon}."
        ),
        "Las entregas se harán en el polígono de al lado. Hay que avisar al transportista hoy mismo.",
    ),
    "es-informe-ribalta": (
        (
            "Cerámicas Ribalta puso en marcha un segundo horno y cumplió todos los plazos salvo uno. La "
            "serie de cobalto con granadas fue la más pedida, por delante del gres blanco."
        ),
        (
            "La dirección de exportación ha cambiado el catálogo de invierno, y con él las referencias de "
            "nuestro almacén."
        ),
    ),
    "es-informe-bajio": (
        (
            "Ferretera del Bajío Alto abrió una bodega en Celaya. Las bisagras de latón y los candados de "
            "doble paso fueron los artículos de mayor venta del año."
        ),
        ("Hubo dos reclamaciones, ambas por embalaje. El cliente ha pedido la zona norte y el asunto está en estudio."),
    ),
}

CLAUSES = (
    (
        "Objeto",
        (
            "El Proveedor vende y el Distribuidor compra {goods}. El volumen anual previsto es de unos "
            "{value} {currency}, cifra que ninguna de las partes garantiza."
        ),
    ),
    (
        "Territorio",
        (
            "El Distribuidor vende en el territorio descrito en el anexo. No abrirá almacén ni hará "
            "publicidad fuera de él, aunque podrá atender los pedidos que reciba sin haberlos buscado."
        ),
    ),
    (
        "Pedidos",
        (
            "Los pedidos se hacen por escrito. El Proveedor los confirma en {days} días; pasado ese plazo "
            "se entienden aceptados si no exceden de la previsión trimestral."
        ),
    ),
    (
        "Precios",
        (
            "Rige la tarifa anexa durante doce meses. Si el coste de la materia prima o del flete varía "
            "más de un {percent} por ciento, cualquiera de las partes podrá pedir su revisión."
        ),
    ),
    (
        "Entrega",
        (
            "La mercancía se entrega en {place}, embalada para la exportación y con cada bulto marcado con "
            "el número de pedido. El riesgo pasa al Distribuidor al ponerla a disposición del "
            "transportista."
        ),
    ),
    (
        "Retraso",
        (
            "Si la entrega se retrasa más de {days} días, el Proveedor abonará el medio por ciento del "
            "valor por cada semana, con el límite del cinco por ciento."
        ),
    ),
    (
        "Reclamaciones",
        (
            "Los defectos visibles se comunican en {days} días, con fotografías y número de bulto; los "
            "ocultos, en cuanto se descubran y siempre dentro de los dos años siguientes."
        ),
    ),
    (
        "Pago",
        (
            "Un tercio se paga con el pedido y el resto a los {days} días de la fecha de embarque. La "
            "demora devenga el interés legal aumentado en cuatro puntos."
        ),
    ),
    (
        "Existencias",
        (
            "El Distribuidor mantendrá existencias para dos meses de venta y permitirá que el Proveedor "
            "las cuente una vez al año, con aviso de una semana."
        ),
    ),
    (
        "Marcas",
        (
            "El Distribuidor usa las marcas del Proveedor solo para vender sus productos y no registrará "
            "otras que puedan confundirse con ellas."
        ),
    ),
    (
        "Confidencialidad",
        (
            "Cada parte guarda secreto sobre los precios, los clientes y los métodos de la otra, durante "
            "el contrato y cinco años después."
        ),
    ),
    (
        "Fuerza mayor",
        (
            "Ninguna de las partes responde de guerra, huelga, inundación, incendio, cierre de puertos o "
            "decisión de la autoridad. Quien la sufra lo comunicará en una semana."
        ),
    ),
    (
        "Duración",
        (
            "El contrato dura {years} años desde la última firma y se prorroga de año en año si no se "
            "denuncia con tres meses de antelación."
        ),
    ),
    (
        "Cesión",
        ("Ninguna de las partes cederá el contrato, ni los créditos que nazcan de él, sin permiso escrito de la otra."),
    ),
    (
        "Notificaciones",
        (
            "Las notificaciones se hacen por carta certificada o por fax con acuse a los domicilios "
            "indicados y surten efecto el día hábil siguiente."
        ),
    ),
    (
        "Ley y tribunales",
        (
            "Las diferencias se tratarán primero entre las direcciones. Si en treinta días no hay acuerdo, "
            "decidirán los tribunales de {court}."
        ),
    ),
)

SPANISH = Voice(
    labels={
        "to": "Para",
        "from": "De",
        "date": "Fecha",
        "subject": "Asunto",
        "pages": "Páginas",
        "attention": "A la atención de",
        "reference": "Nuestra referencia",
        "phone": "Teléfono",
        "fax": "Fax",
        "spoke": "Conversación con",
        "noted": "Anotado por",
        "follow_up": "Pendiente",
        "clause": "Cláusula {n}",
        "special": "Pacto especial",
        "signed": "Firmado por duplicado",
        "seller": "Por el Proveedor",
        "buyer": "Por el Distribuidor",
        "quarter": "Trimestre",
        "orders": "Pedidos",
        "turnover": "Ventas",
        "late": "Pagos tardíos",
        "complaints": "Reclamaciones",
        "total": "Año",
        "page": "Página {n}",
        "piece": "pieza",
        "annex": "Anexo: tarifa",
        "article": "Artículo",
        "unit": "Unidad",
        "price": "Precio ({currency})",
        "summary": "Resumen",
        "figures": "Cifras",
        "outlook": "Observaciones y previsión",
        "continued": "Anexo a nuestro fax",
        "lot": "Bulto",
        "pieces": "Piezas",
        "result": "Resultado",
        "sound": "conforme",
        "held": "apartado",
    },
    titles={
        "fax": "FAX",
        "contract": "CONTRATO DE DISTRIBUCIÓN",
        "call_note": "NOTA DE LLAMADA",
        "yearly_report": "INFORME ANUAL",
    },
    greetings=("Estimados señores:", "Apreciados amigos:", "Muy señores nuestros:"),
    openings=(
        "Nos referimos a nuestra conversación del {before}.",
        "Gracias por su mensaje del {before}.",
        "En relación con el pedido {order}, les comunicamos lo siguiente.",
        "Les escribimos para ponerles al corriente.",
    ),
    fillers=(
        (
            "La documentación del pedido {order} salió ayer por mensajería: factura, lista de contenido y "
            "certificado de origen. Avísennos si falta algo."
        ),
        (
            "El transitario ha reservado espacio para el {soon}. Si el buque va completo, ofrecerá el "
            "siguiente al mismo flete."
        ),
        (
            "Según lo acordado, el pago de {amount} se hizo el {before}. Tenemos a su disposición el "
            "justificante del banco."
        ),
        (
            "Para la próxima campaña calculamos unas {quantity} unidades, repartidas en tres meses. Es una "
            "previsión y no un pedido en firme."
        ),
        (
            "Les agradeceremos los certificados de conformidad actualizados, pues los que obran en el "
            "expediente caducan el {soon}."
        ),
        ("Un compañero nuestro estará en su ciudad a finales del mes que viene y los visitará con mucho gusto."),
        (
            "Las cajas de la última expedición cedieron por las esquinas. Con doble pared, o con un "
            "refuerzo de {days} milímetros, evitaríamos la reclamación."
        ),
    ),
    closings=(
        "Les agradeceremos su respuesta antes del {soon}.",
        "Si lo ven de otro modo, díganoslo sin reparo.",
        "Quedamos a su disposición para cualquier aclaración.",
        "Gracias de antemano por su atención.",
    ),
    sign_offs=("Atentamente,", "Reciban un cordial saludo,", "Muy atentamente,"),
    matters=MATTERS,
    call_follow_ups=(
        "Archivar en el expediente y contestar por escrito antes del {soon}.",
        "Pedir los datos al almacén y volver a llamar el {soon}.",
        "Copia de esta nota al segundo responsable del cliente.",
        "Nada más hasta que escriba el cliente.",
    ),
    contract_parties=(
        "Entre {client}, con domicilio en {address} y número de identificación {registration}, y {us}, "
        "con domicilio en {our_address}, se acuerda lo siguiente sobre {goods}."
    ),
    clauses=CLAUSES,
    contracts={
        "es-contrato-bajio": ContractTerms(
            "herramienta manual y ferretería",
            "9.500.000",
            "pesos mexicanos",
            "el puerto de Altamira",
            "León, Guanajuato",
        ),
        "es-contrato-alboran": ContractTerms(
            "textil para el hogar", "720.000", "euros", "el almacén de Ontinyent", "Valencia"
        ),
    },
    report_remarks=(
        (
            "El segundo trimestre fue el más flojo, como en los tres años anteriores, por coincidir con el "
            "recuento de existencias."
        ),
        ("Los pagos tardíos quedaron dentro de lo que permite la norma de crédito y bastó con el primer aviso."),
        ("Los dos responsables visitaron al cliente dos veces; sus informes de contacto están en el expediente."),
        "Proponemos mantener la categoría actual y revisar el límite de crédito dentro de seis meses.",
        "La subida del flete, de un {percent} por ciento, se repartió con el cliente a partes iguales.",
    ),
)

"""The papers written in English."""

from __future__ import annotations

from portal.demonstration.voice import ContractTerms, Voice

MATTERS = {
    "en-fax-castings": (
        (
            "Our inspector has finished with lot {order}. Of {quantity} pieces opened, eleven show "
            "hairline cracks in the amber flange castings, always on the side of the filling hole and "
            "always in pieces poured before {before}."
        ),
        (
            "The pieces poured afterwards are sound. We believe the core sand was damp during the week of "
            "heavy rain; the foundry log for those days has been copied for you and follows on the next "
            "page."
        ),
        (
            "Please keep every casting of this lot apart from the others until we have agreed what is to "
            "be reworked and what is to be replaced. We shall replace without charge whatever your own "
            "inspection finds."
        ),
    ),
    "en-fax-kettles": (
        (
            "We are short of forty copper kettles of the two-litre size, which your delivery note for order "
            "{order} names. The pallet was sealed on arrival, so they cannot have been lost on the road."
        ),
        (
            "The shops open for the winter season on {soon}. Please send the missing kettles by road and "
            "not by sea, and let us have the name of the haulier today."
        ),
    ),
    "en-letter-enamel": (
        (
            "The lighthouse pattern enamel mugs have been chosen by our buyers, in cream and in slate "
            "blue. The fishing boat pattern is set aside for another year. Thank you for both samples."
        ),
        (
            "We should like a first quantity of {quantity} mugs in each colour, packed in sixes, with our "
            "own label on the base. Kindly confirm the price you gave Mr Moss at the fair and the week of "
            "delivery."
        ),
    ),
    "en-contract-trailhead": (
        (
            "The Buyer may keep the Juniper Ridge trade fair samples without charge, provided that they "
            "are shown under the Seller's name and are not sold before {soon}."
        ),
    ),
    "en-contract-kitchenware": (
        (
            "The copper range is sold in the United Kingdom under the mark Bellwether Kitchen only, and "
            "the Seller shall supply no other customer there with goods of the same pattern."
        ),
    ),
    "en-letter-tents": (
        (
            "We have spoken to the mill about the fly sheets. The cloth for the three-season tents can be "
            "had with the beeswax finish your testers preferred, at an increase of {percent} per cent over "
            "the list of last spring."
        ),
        (
            "The poles stay as they are. A revised drawing of the vestibule is enclosed; please return it "
            "initialled if you agree, so that cutting can begin on {soon}."
        ),
    ),
    "en-letter-mould": (
        (
            "This is to set down what we agreed on the shared mould number LY-77. The two companies bear "
            "its cost in equal parts, and it stays on your premises but remains our common property."
        ),
        (
            "Your share and ours have now been paid. No third customer may be served from the mould "
            "without the written consent of both of us, and the mould is to be insured for {amount} US "
            "dollars."
        ),
    ),
    "en-letter-mandate": (
        (
            "We are pleased to accept the mandate to advise you on Project Heron, the purchase of a "
            "majority in a packaging business on the Bristol Channel. Our fee is as discussed, half on "
            "signature and half on completion."
        ),
        (
            "The existence of this mandate is itself confidential. We have opened a closed list of those "
            "who know of it, and ask you to tell us the names on your side before {soon}."
        ),
    ),
    "en-fax-lanterns": (
        (
            "Please add {quantity} folding storm lanterns in moss green to order {order}. The model is the "
            "one with the hinged glass; the older one with the screw cap no longer sells here."
        ),
        ("If the lanterns cannot leave with the same container we would rather wait than pay for a second one."),
    ),
    "en-fax-credit": (
        (
            "We refer to the irrevocable credit opened under your reference {order}. The beneficiary asks "
            "that the port of loading clause be struck out and that transhipment at Busan be permitted."
        ),
        (
            "We agree to both changes. Please issue the amendment today and charge our account; latest "
            "date of shipment and expiry remain as they are."
        ),
    ),
    "en-call-valuation": (
        (
            "Mr Lockhart rang to say that the second valuation of the Avonmouth corrugating plant comes "
            "out {percent} per cent below the first, because the lease of the yard has only six years to "
            "run."
        ),
        "He advises against raising the offer. He will send two numbered copies by courier, none by e-mail.",
    ),
    "en-call-returns": (
        (
            "Ms Kowalczyk complained about stiff zips on the cedar brown rucksacks: nineteen have come "
            "back from shops since {before}."
        ),
        "She does not ask for money but for {quantity} spare sliders. I promised an answer by {soon}.",
    ),
    "en-call-capacity": (
        (
            "Ms Xu confirmed that the second moulding line, which they call the night heron line, starts "
            "on {soon}. From then on they can pour {quantity} housings a week."
        ),
        "She asked that we name our needs for the next two quarters before the other customers do.",
    ),
    "en-report-harrowgate": (
        (
            "Harrowgate & Finch opened two shops in the year, at Whitby and at Kendal, and the copper "
            "range did best of all: the Whitby harbour shop alone sold a tenth of it."
        ),
        "They pay on the day. One complaint, a short shipment, was settled within a week.",
    ),
    "en-report-cascadia": (
        (
            "Cascadia Trailhead Supply grew from a small base. The storm lanterns sold out twice, and the "
            "pine resin tent wax, which we had taken on as a trifle, brought in more than the tents."
        ),
        ("Returns of rucksacks need watching. The customer asks for sixty days of credit; we have granted forty-five."),
    ),
}

CLAUSES = (
    (
        "Object",
        (
            "The Seller sells and the Buyer buys {goods} in the quantities called off under this "
            "agreement. The yearly value is expected to be about {value} {currency}, which neither party "
            "guarantees to the other."
        ),
    ),
    (
        "Orders",
        (
            "The Buyer orders in writing. An order is accepted when the Seller confirms it, at the latest "
            "{days} days after receipt; silence for longer than that counts as acceptance of quantities "
            "already forecast."
        ),
    ),
    (
        "Prices",
        (
            "Prices are those of the annexed list and hold for twelve months. If the cost of metal or of "
            "sea freight moves by more than {percent} per cent, either party may ask that the list be "
            "looked at again."
        ),
    ),
    (
        "Delivery",
        (
            "Goods are delivered at {place}, in export packing, each carton marked with the order number "
            "and the number of pieces. Risk passes when the goods are handed to the carrier."
        ),
    ),
    (
        "Delay",
        (
            "If a delivery is more than {days} days late the Buyer may claim half of one per cent of its "
            "value for each further week, up to five per cent, and after eight weeks may withdraw from "
            "that order."
        ),
    ),
    (
        "Inspection",
        (
            "The Buyer examines the goods within {days} days of arrival and reports visible defects in "
            "writing, with photographs and carton numbers. Hidden defects are reported when found, within "
            "two years at the latest."
        ),
    ),
    (
        "Warranty",
        (
            "The Seller warrants that the goods match the approved samples, are free of defects in "
            "material and workmanship, and satisfy the safety rules of the country of destination."
        ),
    ),
    (
        "Payment",
        (
            "One third of each invoice is due with the order and the remainder {days} days after the bill "
            "of lading. Late payment bears interest at four points above the central bank's rate."
        ),
    ),
    (
        "Title",
        (
            "The goods remain the Seller's property until they have been paid for in full. The Buyer may "
            "sell them in the ordinary course of business and then holds the proceeds for the Seller."
        ),
    ),
    (
        "Marks and drawings",
        (
            "Trade marks, drawings, tools and samples handed over remain the property of whoever handed "
            "them over, and are returned within a month after this agreement ends."
        ),
    ),
    (
        "Confidentiality",
        (
            "Each party keeps secret what it learns of the other's prices, customers and methods, during "
            "the agreement and for five years afterwards, and shows it only to those who need it for their "
            "work."
        ),
    ),
    (
        "Force majeure",
        (
            "Neither party answers for war, strike, flood, fire, closure of ports or acts of government. "
            "The party concerned says so within a week; after three months either party may end the "
            "agreement."
        ),
    ),
    (
        "Term",
        (
            "The agreement runs for {years} years from the day of the last signature and is renewed from "
            "year to year unless it is ended in writing three months before its end."
        ),
    ),
    (
        "Assignment",
        (
            "Neither party may transfer the agreement, or any claim under it, without the other's written "
            "consent, save to a company of the same group."
        ),
    ),
    (
        "Notices",
        (
            "Notices are sent by registered letter or by fax with confirmation to the addresses above, and "
            "take effect on the working day after they arrive."
        ),
    ),
    (
        "Law and court",
        (
            "The parties first try to settle a dispute by talks between their directors. Failing that "
            "within thirty days, the courts of {court} decide under the law in force there."
        ),
    ),
)

ENGLISH = Voice(
    labels={
        "to": "To",
        "from": "From",
        "date": "Date",
        "subject": "Subject",
        "pages": "Pages",
        "attention": "Attention",
        "reference": "Our reference",
        "phone": "Telephone",
        "fax": "Fax",
        "spoke": "Spoke with",
        "noted": "Noted by",
        "follow_up": "To be done",
        "clause": "Clause {n}",
        "special": "Special agreement",
        "signed": "Signed in two copies",
        "seller": "For the Seller",
        "buyer": "For the Buyer",
        "quarter": "Quarter",
        "orders": "Orders",
        "turnover": "Turnover",
        "late": "Late payments",
        "complaints": "Complaints",
        "total": "Year",
        "page": "Page {n}",
        "piece": "piece",
        "annex": "Annex: price list",
        "article": "Article",
        "unit": "Unit",
        "price": "Price ({currency})",
        "summary": "Summary",
        "figures": "Figures",
        "outlook": "Remarks and outlook",
        "continued": "Enclosure to our fax",
        "lot": "Lot",
        "pieces": "Pieces",
        "result": "Result",
        "sound": "sound",
        "held": "held back",
    },
    titles={
        "fax": "FAX",
        "contract": "SUPPLY AGREEMENT",
        "call_note": "NOTE OF A TELEPHONE CALL",
        "yearly_report": "YEARLY REPORT",
    },
    greetings=("Dear Sir or Madam,", "Dear colleagues,", "Dear friends,"),
    openings=(
        "We refer to our conversation of {before}.",
        "Thank you for your message of {before}.",
        "Further to our exchange about order {order}, we write as follows.",
        "This is to bring you up to date.",
    ),
    fillers=(
        (
            "The documents for order {order} left by courier yesterday; the set holds the invoice, the "
            "packing list and the certificate of origin. Please tell us if anything is missing."
        ),
        (
            "The forwarder has booked space for {soon}. Should the vessel be full he will offer the next "
            "one, a week later, at the same rate."
        ),
        ("As agreed, payment of {amount} was made on {before}. Our bank's confirmation is available on request."),
        (
            "For the coming season we expect to need some {quantity} units, spread over three months. This "
            "is a forecast and not yet an order."
        ),
        "Would you please send the updated certificates of conformity? Those in our file expire on {soon}.",
        "A colleague of ours will be in your city at the end of next month and would be glad to call on you.",
        (
            "Cartons in the last consignment were too weak at the corners. A double wall, or a liner of "
            "{days} millimetres, would spare us both a claim."
        ),
    ),
    closings=(
        "We would be grateful for your answer by {soon}.",
        "Please let us know if you see it otherwise.",
        "We remain at your disposal for any question.",
        "Thank you for giving this your early attention.",
    ),
    sign_offs=("Yours faithfully,", "With kind regards,", "Yours sincerely,"),
    matters=MATTERS,
    call_follow_ups=(
        "Enter in the dossier; answer in writing by {soon}.",
        "Ask the warehouse for the figures and ring back on {soon}.",
        "Copy of this note to the second contact of the client.",
        "Nothing further until the client writes.",
    ),
    contract_parties=(
        "Between {client}, of {address}, registered under number {registration}, and {us}, of "
        "{our_address}, the following is agreed about {goods}."
    ),
    clauses=CLAUSES,
    contracts={
        "en-contract-trailhead": ContractTerms(
            "outdoor equipment of the Trailhead range",
            "640,000",
            "US dollars",
            "the port of Seattle",
            "Valencia",
        ),
        "en-contract-kitchenware": ContractTerms(
            "kitchenware in copper and enamel", "410,000", "pounds sterling", "the port of Immingham", "Leeds"
        ),
    },
    report_remarks=(
        ("The second quarter was the weakest, as in each of the last three years, because stock is counted in May."),
        ("Late payments stayed within what the credit rules allow, and no reminder beyond the first was needed."),
        ("Both contacts called on the client twice in the year; their contact reports are filed in the dossier."),
        "We propose to keep the present rank and to look at the credit limit again in six months.",
        "A rise in freight of {percent} per cent was shared equally with the client.",
    ),
)

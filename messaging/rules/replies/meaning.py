"""What is said about the question: yes, no, not coming, another time; and what speaks against reading it so."""

import re
from dataclasses import dataclass

from messaging.rules.replies.cleaning import NO_MARK, YES_MARK

DAYS = (
    r"(?:today|tomorrow|tonight|now|this (?:week|time|morning|afternoon|evening|one|month)|(?:on |for |this "
    r"|next |in |at |to |the )*(?:mon|tues?|wednes|wed|thurs?|thu|fri|satur|sat|sun)(?:day)?s?|"
    r"(?:in )?(?:the )?(?:morning|afternoon|evening|noon)|(?:at |for |@ )?(?:\d{1,2}(?: ?\d\d)? ?(?:am|pm|a m"
    r"|p m|oclock)?|noon|midday)|hoy|manana|esta (?:semana|tarde|manana|noche|vez)|"
    r"(?:el |este |para el |del )?(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)|por la (?:tarde"
    r"|manana|noche)|en la (?:tarde|manana|noche)|(?:a )?las? \d{1,2}(?: ?\d\d)?|de la (?:tarde|manana|noche)"
    r"|al mediodia|"
    r"\d{1,2}(?:st|nd|rd|th)|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*(?: \d{1,2}(?:st|nd|rd"
    r"|th)?)?)"
)
DAY = re.compile(rf"\b{DAYS}\b")
VISITS = (
    r"(?:it|this|that|one|(?:(?:my|the|our|this|that|your|his|her|todays|tomorrows|upcoming|scheduled"
    r"|\w+s) )*(?:appointment|session|visit|time|slot|meeting|booking|consult\w*|therapy|one|cita|sesion|visita"
    r"|reunion|consulta|turno)|"
    r"(?:la|mi|esta|esa|nuestra|su) (?:\w+ )?(?:cita|sesion|visita|consulta)|la|lo)"
)
KIN = (
    r"(?:i|we|he|she|they|(?:my|our|his|her) (?:\w+ )?(?:son|daughter|kid|child|children|husband|wife|mom"
    r"|mother|dad|father|partner|boyfriend|girlfriend|brother|sister|grandson|granddaughter|girl|boy|parents"
    r"|family)|"
    r"both(?: of us)?|[a-z]+|the (?:kids|boys|girls|whole family))"
)

FILLER = re.compile(
    r"\b(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day|night)|morning|please|thanks|thank you|thank"
    r"|much|a lot|so|very|really|kindly|just|well|oh|ah|um|uh|lol|haha|hehe|great|awesome|perfect|wonderful"
    r"|cool|nice|good|fine|dear|sir|"
    r"maam|mam|miss|mr|mrs|ms|(?:dr|doctor|doc|doctora) [a-z]+|dr|doctor|doc|everyone|team|all|guys|yall|again"
    r"|appreciate (?:it|you|the reminder)|for (?:the reminder|reminding me|checking|everything|letting me know)"
    r"|reminder|bless|god bless|have a (?:great|good|nice|blessed) (?:day|one|night|weekend|evening|afternoon)|"
    r"take care|cheers|best|regards|love|xo|xoxo|excited|cant wait|looking forward(?: to (?:it|seeing you|that"
    r"|my appointment|the session|our session|my session))?|look forward(?: to (?:it|seeing you|that))?|you bet"
    r"|sounds|its|it is|thats|that is|"
    r"hola|buenos dias|buenas tardes|buenas noches|buenas|buen dia|gracias|muchas|mil|muy amable|por favor"
    r"|porfa|porfavor|favor|bendiciones|saludos|excelente|perfecto|que tenga (?:un )?(?:buen|bonito|lindo) dia"
    r"|igualmente|disculpe|disculpa|perdon|con permiso|dra|"
    r"doctora|doctor|senorita|senora|senor|amen|dios (?:mediante|lo bendiga|la bendiga)|si dios quiere|sadmark"
    r"|this is|its me|soy|lo siento|sorry|apologies|my apologies|mil disculpas|le|les|se lo|te)\b"
)
YES = re.compile(
    rf"\b(?:{YES_MARK}|(?:yes|sure|ok) (?:i|we|he|she|they) (?:can|will|do|am|are|is)$"
    rf"|(?:its |it is |got it |you are |youre )?(?:on|in) (?:my|our|the) (?:calendar|schedule|books?)"
    rf"|you betcha|you bet|(?:thats|that is|its|it is|that will be|thatll be) (?:fine|good|great|ok|perfect|alright)"
    rf"(?: (?:with|by|for) (?:me|us))?|(?:fine|ok|alright|good|cool) (?:with|by) (?:me|us)"
    rf"|look(?:ing)? forward(?: to (?:it|seeing (?:you|her|him|dr \w+)|that|our \w+|my \w+|the \w+))?|"
    rf"(?:i am |im |i plan |we plan |plan )?(?:planning )?on (?:it(?= |$)|coming|being there"
    rf"|attending)|uh huh|mhm|mm ?hmm|perfect|great|awesome|excellent|wonderful|(?:still|all|were|we are|im"
    rf"|i am) (?:good|on(?! our| my)|set)(?: for| to go)?|yes|y|1|ok|sure(?: thing)?|si"
    rf"|claro(?: que si)?|correct|absolutely"
    rf"|definitely|certainly|of course|indeed|for sure|100|aye|roger(?: that)?|copy that|10 4|ya(?= i| ill|$)|"
    # Possessive (*+): several ways through the same words would take for ever over a long text.
    r"(?:(?:i|we|id|like|want|would|can|im|just|to|will|ill|please|going|gonna|hereby) )*+confirm(?:ed|ing|s)?"
    r"(?: (?:it|my|the|this|our|her|his|attendance|that i|that|for|me|us|appointment|session|visit|time|please))*+|"
    r"(?:that|this|it|the time|time|sounds|all|thatll|that will|everything|we are|were|im|i am|all is|that time"
    r"|that day)? ?(?:works(?: for (?:me|us))?|sounds good|is good|is fine|is great|is perfect|good to go"
    r"|all set|all good|is ok|sounds great|sounds perfect|sounds fine|work for me|good for me|will work|do)|"
    r"got it|will do|you got it|gotcha|count me in|im in|(?:(?:i|we|ill|well) )?(?:(?:will|shall) )?see (?:you"
    r"|ya|u|yall|everyone)(?: all| soon| guys| both)?(?: (?:then|there|soon|later|at|on))?|till then|until then"
    r"|"
    rf"(?:(?:{KIN}) ){{0,2}}(?:ill|well|hell|shell|theyll|will|shall|gonna|going to|plan(?:ning)? to|plan on"
    rf"|intend to|expect to|am|are|is|m|re|all|both|definitely|still|be|absolutely|also)*(?: (?:will|still"
    rf"|definitely|going to|gonna|all|both|planning to|planning on|plan to|for sure|be|most definitely"
    rf"|certainly))* ?(?:be there|be here|being there|attend(?:ing)?|show up|be present|make it"
    rf"|be at (?:{VISITS})|be coming|be on time|coming|on my way|on our way|omw|going)(?=$| (?:{DAYS}|for"
    rf"|thanks|thank|please|with|at|on|to|and|soon|then|in))|"
    rf"(?:(?:{KIN}) )?(?:can|able to|still can|can still|can definitely|am able to|are able to"
    rf"|is able to) (?:make it|come|attend|be there|make (?:the|my|our) (?:appointment|session|visit))|"
    r"keep (?:it|my appointment|the appointment|my session|my slot|the time)(?: as is| please)?|as scheduled|"
    r"(?:quiero |quisiera |deseo |para |solo |yo |me gustaria )*confirm(?:o|ar|amos|ad[oa]|acion|e)(?: (?:la|mi"
    r"|nuestra|su|de|que|asistencia|cita|sesion|visita|consulta))*|vale|de acuerdo|dale|listo|sale|va|orale"
    r"|como no|por supuesto|desde luego|con gusto|correcto|afirmativo|asi es|seguro|esta bien|ta bien|muy bien"
    r"|bien|perfecto|cuente[n]? conmigo|"
    r"(?:(?:yo|si|ahi|alli|aqui|alla|nosotros|claro|el|ella|mi \w+|all[ai]) )*(?:estare|estaremos|estara"
    r"|estaran|voy a (?:estar|ir|asistir|llegar)|vamos a (?:estar|ir|asistir)|va a (?:estar|ir|asistir)"
    r"|asistire(?:mos)?|asistira|ire|iremos|ira|voy|vamos|andare|llego|llegare|puedo(?: ir| asistir)?"
    r"|podemos(?: ir)?|podre ir|asisto|acudire|vere)(?: (?:ahi|alli|alla|aqui|presente|en la cita|a la cita"
    r"|a mi cita|puntual|a tiempo|ahi mismo|para alla))?|(?:ahi |alla |alli )?nos vemos(?: (?:ahi|alla|alli"
    r"|entonces|pronto|luego))?|(?:lo|la|los|las|le) (?:veo|vere|vemos|esperamos)(?: (?:ahi|alla|alli|entonces"
    r"|pronto|luego))?)\b"
)
# Sure that somebody comes, not only polite assent.
ATTENDS = re.compile(
    r"\b(?:be there|be here|(?:i|we|he|she|they)? ?(?:ll|will|am|m|are|is|im)? ?(?:still )?(?:coming|attending)"
    r"|see you|(?<!cant )(?<!wont )(?<!not )(?<!not gonna )(?<!dont think i can )make it(?! (?:another"
    r"|a different))|can (?:come|attend|make it)|(?:ill|will) (?:come|attend|be there)|"
    r"confirm(?:ed|ing)?|keep (?:it|my|the)|i can\b|we can\b|on my way|omw|planning (?:to|on)|estare|estaremos"
    r"|voy a ir|ahi nos vemos|nos vemos|asistire|si voy|si puedo|si ire|ahi voy|confirmo|confirmad[oa])\b"
)
NOT_ATTENDS = re.compile(
    r"\b(?:cant|wont|not|unable to|never|dont think (?:i|ill|i will)(?: can| could)?|no longer|nobody|isnt"
    r"|arent|aint|doubt (?:i|ill)(?: can)?|no|havent)(?: (?:be able to|able to|going to|gonna|actually"
    r"|gonna be able to|going to be able to|even|possibly|really|gon|be|likely to))* "
    r"(?:be there|be here|coming|come|attend(?:ing)?|mak(?:e|ing) (?:it|the|my|this|that|our|todays|tomorrows)"
    r"|make|see you|confirm(?:ed|ing)?|going|go|show up|puedo|voy|ire|estare|asistire|podre|vamos|iremos)\b"
)
NO = re.compile(
    rf"^(?:{NO_MARK}|n|no|no thanks|no thank you|no gracias|not really|negative|nay|i dont think(?: so)?"
    rf"|not today|no ty|no thx|no way|negativo|para nada|no no|no para nada)$",
)
NO_FIRST = re.compile(rf"^(?:{NO_MARK}|no|n|no thanks|no thank you|no gracias)\b")
NO_IDIOM = re.compile(
    r"^no (?:one|problem|prob|worries|idea|se|way|wonder|clue|rush|need|more|mas|hay|tengo|puedo|voy|es|soy|me"
    r"|le|lo|la|le|te|nos|issues?|doubt|complaints|matter|biggie|entiendo|recibi|he|quiero|estoy|podre|ire|creo"
    r"|estare|longer|body|thanks needed|response|answer|show|dr|doctor|appointment|cita|i (?:didnt|dont|wasnt"
    r"|am|was|can|will)|ill|im (?:coming|good|fine|ok)|we|thats|its|this|you|that|not|la|confirm\w*"
    r"|cancel\w*)\b"
)
UNSURE = re.compile(
    r"\b(?:maybe|might|may|perhaps|not sure|unsure|probably|possibly|depends?|depending|if|unless"
    r"|(?<!dont )think|thinking|not certain|hopefully|hope to|try|trying|ill see(?! (?:you|u|ya))"
    r"|well see(?! (?:you|u|ya))|let you know|let me (?:check|see|know)|checking|should be able|tentative\w*"
    r"|guess|considering|idk|dunno|dont know|undecided|"
    r"(?:le|les|te) confirmo (?:mas|manana|luego|despues|al rato)|(?:mas tarde|manana|luego|despues"
    r"|al rato) (?:yo )?(?:le|les|te) (?:confirmo|aviso)|confirm (?:later|tomorrow)|quiza|quizas|si (?:llego"
    r"|salgo|alcanzo|consigo|hay|logro|termino|llega|no llueve)|tal vez|talvez|a lo mejor|no se"
    r"|no estoy segur[oa]|depende|si es que|creo|posiblemente|probablemente|a ver si|ojala|igual y|puede que"
    r"|dejeme ver|dejame ver|te aviso|le aviso|les aviso|yo le aviso|chance|unclear|waiting (?:on|to|for)"
    r"|by then|50 50)\b"
)
CONDITION = re.compile(
    r"\b(?:if|unless|depends?|depending|depende|siempre y cuando|si (?:llego|no|llueve|salgo|alcanzo))\b",
)
BUT = re.compile(
    r"\b(?:but|except|however|although|though|only|instead|pero|excepto|aunque|sin embargo|nomas que|solo que"
    r"|solo si|siempre y cuando)\b",
)
OTHER_VISIT = re.compile(
    r"\b(?:other (?:appointment|one|visit|session)|next (?:weeks?|months?)(?: (?:one|appointment|session"
    r"|visit))|next (?:weeks|months)$|the (?:one|appointment|session) (?:after|next|on)|following|otra cita"
    r"|la (?:proxima|siguiente) (?:cita|sesion)|la de la (?:proxima|otra) semana|sons|daughters)\b"
)
YES_FIRST = re.compile(rf"^(?:{YES_MARK}|yes|y|ok|sure|si|1|claro)\b(?! (?:no|not)\b)")
NOT_SURE = re.compile(
    r"\b(?:not (?:totally |really |100 |entirely |completely |quite )?(?:sure|certain)|unsure|dont know|idk"
    r"|no se|no estoy segur[oa]|let you know|waiting)\b",
)
ASSENT = re.compile(
    r"\b(?:ok|fine|good|keep|works|great|perfect|all set|bien|thats|its|esta|dejelo|yes|si)\b"
)
# What may stand beside a yes without taking anything back.
AROUND_YES = re.compile(
    r"\b(?:i|we|he|she|they|is|am|are|im|it|this|my|our|the|his|her|me|us|will|ill|be|one|received|got|read"
    r"|this|there|here|then|and|to|for|at|on|in|with|you|your|that|a|an|of|as|also|too|yet|planning on it"
    r"|planning on|mr|mrs|appointment|session|visit|time|slot|meeting|scheduled|planned|"
    r"(?:leo|maria|sam|john)s?|mom|mother|dad|father|son|daughter|kid|kids|husband|wife|wifey|hubby|partner"
    r"|parent|sister|brother|grandma|grandpa|both|everybody|everyone|family|still|definitely|(?:at|for) \d{1,2}"
    r"|de|la|el|para|con|mi|su|es|yo|un|una|cita|mama|papa|hijo|hija|esposo|esposa|esta|en|que|y|a|lo|nosotros"
    r"|todo|todos|doctora?|sin falta|ahi|alli|alla|puntual|namemark|o clock|sharp|period|heart)\b"
)
OFFER_YES = re.compile(
    r"\b(?:(?:ill|i will|i|well|we|id|i would|please|can i|we will|lets|yes|let me|i d|could i)? ?(?:love to "
    r"|like to |like |gladly |happily |want to |wanna |love )?(?:take|want|have|grab|book|accept|claim|like"
    r"|love|do)(?: me)?(?: in)? (?:it|that|this|the (?:spot|slot|time|appointment|opening|offer|earlier \w+))"
    r"|book (?:it|me)|sign me up|count me in|im in|put me (?:in|down)|accept(?:ed)?|i accept|deal"
    r"|works(?: great| perfectly| well)?(?: for me| for us)?|"
    r"(?:i |we )?(?:can|could) (?:make|do) (?:it|that|this|that time|this time)|interested|absolutely"
    r"|that (?:works|would be great|would be perfect|would work|is perfect)|would love (?:it|that|to)|lo tomo"
    r"|la tomo|tomo (?:la|el|esa|ese)(?: \w+)?|(?:la|lo|si) quiero|(?:lo|la) acepto|acepto|aceptamos|aceptada"
    r"|aceptado|me (?:sirve|queda|funciona|conviene|parece)(?: bien| perfecto| muy bien)?|reserve(?:la|lo|me"
    r"|mela|n)?|apart(?:e|emela|amela|ela)|resérvela|apuntame|me anoto|anoteme|agendame|agendeme)\b"
)
OFFER_NO = re.compile(
    r"\b(?:pass|ill pass|not (?:interested|this time|for me|today|now)|no thanks|no thank you|decline|declined"
    r"|skip|dont (?:want|need) (?:it|that|this|the \w+)|"
    r"(?:ill |i will |id rather |rather |prefer to |want to |id like to |i want to |i would rather |going to "
    r"|gonna |lets )?(?:keep|stick (?:with|to)|stay with|leave) (?:my|the|what|it)(?: \w+){0,3}|(?:cant|wont"
    r"|not|doesnt|dont|unable)(?: \w+){0,4}|give it to (?:someone|somebody)(?: else)?|too (?:early|late|soon"
    r"|far)|already (?:found|have|booked)(?: \w+){0,3}|im good|"
    r"paso|no gracias|no me (?:sirve|interesa|queda|conviene|funciona)|no puedo|no podre|mejor no"
    r"|prefiero (?:la mia|mi cita|quedarme)(?: \w+){0,3}|me quedo con (?:mi|la)(?: \w+){0,2}"
    r"|desel?[aá]sela a otr[ao]|no (?:la|lo) (?:quiero|necesito|tomo)|esta vez no|hoy no|ahora no|por ahora no"
    r"|rechazo|declino|dejo pasar|dejela pasar)\b"
)

_FIRST = (
    "option a, letter a, choice a, opcion a, la a, letra a, the first, first, first one, the first one, 1st"
)
_FIRST += (
    ", the 1st one, 1st one, the 1st, la primera, el primero, primera, primero, the earlier one, earlier one"
)
_SECOND = "option b, letter b, choice b, opcion b, la b, letra b, the second, second, second one, the second one, 2nd"
_SECOND += (
    ", 2nd, 2nd one, the 2nd, the 2nd one, la segunda, el segundo, segunda, segundo, the later one, later one"
)
CHOICE = {
    "a": frozenset(("a", "a please", "visit a", "the a one", *_FIRST.split(", "))),
    "b": frozenset(("b", "bee", "be", "b one", "visit b", "the b one", *_SECOND.split(", "))),
}
LETTER = re.compile(r"^(?:y|yes|c|cancel|1|2|si|confirm|ok)(?: (?:for|to|option|the|on))? ?(?P<letter>[ab])$")
CODED = re.compile(
    r"^(?P<letter>y|yes|c|cancel|n|no|r|si|s|ok|confirm|confirmo|cancelar|reschedule|move)(?: (?:number|code"
    r"|for|#))? ?(?P<code>\d{1,2})$",
)
CODED_BACK = re.compile(r"^(?P<code>\d{1,2}) ?(?P<letter>y|yes|c|n|no|r|si|ok|cancel|confirm)$")
NUMBERS = {
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    "siete": "7",
    "ocho": "8",
    "nueve": "9",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What the words say of the visit. `code` and `letter` are what they name: the 4 of Y4, the A of "A please"."""

    kind: str = (
        ""  # yes, no, cancel, move, unsettled (negative, but neither cancel nor move), which, or empty
    )
    code: str = ""
    letter: str = ""
    exact: bool = False  # the printed letter or its word, not a sentence

"""The same small manual in many languages: what the tests of words, sentences, duplicates, leaks and search run on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    code: str
    sentences: tuple[str, ...]
    """Whole sentences that follow each other."""

    words: tuple[str, ...]
    """The words of the first sentence, folded."""

    question: str
    passage: str
    """With {x} for a device and {y} for a place; the passage has at least sixty words."""

    devices: tuple[str, ...]
    places: tuple[str, ...]
    blank: str = " "
    """Between sentences."""

    def __str__(self) -> str:
        return self.code

    def text(self) -> str:
        return self.blank.join(self.sentences)


LANGUAGES = [
    Language(
        "en",
        ("The pump doesn't stop at 3.5 bar.", "Who repairs it?", "Call the workshop!"),
        ("the", "pump", "doesn't", "stop", "at", "3.5", "bar"),
        "How often must I clean the {x} {y}?",
        "The {x} {y} is cleaned every month with warm water and a soft cloth. Before the work begins, the mains "
        "switch is turned off and the door is locked. Nobody may touch the moving parts while the light is red. "
        "Afterwards the filter is dried, the cover is closed with four screws, and the date is written into the "
        "book that lies beside the entrance of the hall.",
        ("pump", "boiler", "lift", "press", "oven", "crane", "mixer", "saw"),
        ("in the cellar", "on the roof", "in the yard", "at the gate"),
    ),
    Language(
        "de",
        ("Die Straße zur Pumpe ist gesperrt.", "Wer repariert sie?", "Rufen Sie die Werkstatt!"),
        ("die", "strasse", "zur", "pumpe", "ist", "gesperrt"),
        "Wie oft muss ich die {x} {y} reinigen?",
        "Die {x} {y} wird jeden Monat mit warmem Wasser und einem weichen Tuch gereinigt. Vor der Arbeit wird der "
        "Hauptschalter ausgeschaltet und die Tür verriegelt. Niemand darf die bewegten Teile berühren, solange das "
        "Licht rot leuchtet. Danach wird der Filter getrocknet, die Abdeckung mit vier Schrauben geschlossen und das "
        "Datum in das Buch eingetragen, das neben dem Eingang der Halle liegt.",
        ("Pumpe", "Presse", "Säge", "Mühle", "Waage", "Rampe", "Heizung", "Bremse"),
        ("im Keller", "auf dem Dach", "im Hof", "am Tor"),
    ),
    Language(
        "tr",
        ("İSTANBUL deposundaki pompa çalışmıyor.", "Onu kim onarıyor?", "Atölyeyi arayın!"),
        ("istanbul", "deposundaki", "pompa", "çalışmıyor"),
        "{y} bulunan {x} ne sıklıkla temizlenmeli?",
        "{y} bulunan {x} her ay ılık su ve yumuşak bir bezle temizlenir. İşe başlamadan önce ana şalter kapatılır ve "
        "kapı kilitlenir. Işık kırmızı yandığı sürece kimse hareketli parçalara dokunamaz. Sonra filtre kurutulur, "
        "kapak dört vidayla kapatılır ve tarih salonun girişindeki deftere yazılır. Defter yıl sonunda müdüre verilir "
        "ve beş yıl boyunca arşivde saklanır, isteyen herkes onu orada okuyabilir ve kopyasını alabilir. Eksik "
        "sayfalar hemen bildirilir, yeni defter aynı gün açılır ve ilk satıra görevlinin adı yazılır.",
        ("pompa", "kazan", "asansör", "fırın", "vinç", "testere", "tartı", "fren"),
        ("bodrumda", "çatıda", "avluda", "kapıda"),
    ),
    Language(
        "vi",
        ("Máy bơm không dừng lại.", "Ai sửa nó?", "Hãy gọi xưởng!"),
        ("máy", "bơm", "không", "dừng", "lại"),
        "Tôi phải lau {x} {y} bao lâu một lần?",
        "Phải lau {x} {y} mỗi tháng bằng nước ấm và khăn mềm. Trước khi làm việc phải tắt công tắc chính và khóa "
        "cửa. Không ai được chạm vào các bộ phận chuyển động khi đèn còn đỏ. Sau đó bộ lọc được sấy khô, nắp được "
        "đóng lại bằng bốn con vít, và ngày tháng được ghi vào cuốn sổ nằm cạnh lối vào hội trường.",
        ("máy bơm", "nồi hơi", "thang máy", "lò nướng", "cần cẩu", "cưa điện", "cân bàn", "quạt gió"),
        ("dưới hầm", "trên mái", "ngoài sân", "cạnh cổng"),
    ),
    Language(
        "ru",
        ("Насос не останавливается.", "Кто его чинит?", "Позвоните в мастерскую!"),
        ("насос", "не", "останавливается"),
        "Как часто нужно чистить {x} {y}?",
        "Весь {x} {y} чистят каждый месяц тёплой водой и мягкой тканью. Перед работой главный выключатель отключают, "
        "а дверь запирают. Никто не должен касаться движущихся частей, пока лампа горит красным светом. После этого "
        "фильтр сушат, крышку закрывают четырьмя винтами и записывают дату в журнал, который лежит у входа в зал. "
        "Журнал в конце года отдают начальнику и хранят в архиве пять лет, и каждый может прочитать его там.",
        ("насос", "котёл", "лифт", "пресс", "кран", "станок", "тормоз", "вентилятор"),
        ("в подвале", "на крыше", "во дворе", "у ворот"),
    ),
    Language(
        "el",
        ("Η αντλία ΣΤΟΥΣ δρόμους δεν σταματά.", "Ποιος την επισκευάζει;", "Καλέστε το συνεργείο!"),
        ("η", "αντλία", "στουσ", "δρόμουσ", "δεν", "σταματά"),
        "Πόσο συχνά πρέπει να καθαρίζω {x} {y};",
        "Καθαρίζουμε {x} {y} κάθε μήνα με ζεστό νερό και μαλακό πανί. Πριν από την εργασία κλείνει ο κεντρικός "
        "διακόπτης και κλειδώνεται η πόρτα. Κανείς δεν αγγίζει τα κινούμενα μέρη όσο το φως είναι κόκκινο. Μετά "
        "στεγνώνει το φίλτρο, το κάλυμμα κλείνει με τέσσερις βίδες και η ημερομηνία γράφεται στο βιβλίο που "
        "βρίσκεται δίπλα στην είσοδο της αίθουσας.",
        ("την αντλία", "το λέβητα", "το φούρνο", "το γερανό", "το πριόνι", "τη ζυγαριά", "το φρένο", "την πρέσα"),
        ("στο υπόγειο", "στη στέγη", "στην αυλή", "στην πύλη"),
    ),
    Language(
        "ar",
        ("المضخة لا تتوقف.", "من يصلحها؟", "اتصل بالورشة!"),
        ("المضخة", "لا", "تتوقف"),
        "كم مرة يجب تنظيف {x} {y}؟",
        "يتم تنظيف {x} {y} كل شهر بالماء الدافئ وقطعة قماش ناعمة. قبل بدء العمل يغلق المفتاح الرئيسي ويقفل الباب. لا "
        "يجوز لأحد لمس الأجزاء المتحركة ما دام الضوء أحمر. بعد ذلك يجفف المرشح ويغلق الغطاء بأربعة مسامير ويكتب "
        "التاريخ في الدفتر الموجود بجانب مدخل القاعة. في نهاية السنة يسلم الدفتر إلى المدير ويحفظ في الأرشيف خمس "
        "سنوات "
        "ويمكن للجميع قراءته هناك.",
        ("المضخة", "الغلاية", "المصعد", "الفرن", "الرافعة", "المنشار", "الميزان", "المكبح"),
        ("في القبو", "على السطح", "في الفناء", "عند البوابة"),
    ),
    Language(
        "he",
        ("המשאבה אינה נעצרת.", "מי מתקן אותה?", "התקשרו לבית המלאכה!"),
        ("המשאבה", "אינה", "נעצרת"),
        "באיזו תדירות יש לנקות את {x} {y}?",
        "מנקים את {x} {y} כל חודש במים חמים ובמטלית רכה. לפני תחילת העבודה מכבים את המתג הראשי ונועלים את הדלת. אסור "
        "לאיש לגעת בחלקים הנעים כל עוד האור אדום. לאחר מכן מייבשים את המסנן, סוגרים את המכסה בארבעה ברגים ורושמים את "
        "התאריך בספר שנמצא ליד הכניסה לאולם. בסוף השנה מוסרים את הספר למנהל ושומרים אותו בארכיון חמש שנים, וכל אחד "
        "יכול לקרוא אותו שם.",
        ("המשאבה", "הדוד", "המעלית", "התנור", "העגורן", "המסור", "המאזניים", "הבלם"),
        ("במרתף", "על הגג", "בחצר", "ליד השער"),
    ),
    Language(
        "hi",
        ("दिन में पंप नहीं रुकता।", "इसे कौन ठीक करता है?", "कार्यशाला को बुलाओ!"),
        ("दिन", "में", "पंप", "नहीं", "रुकता"),
        "{y} {x} को कितनी बार साफ करना चाहिए?",
        "{y} {x} को हर महीने गर्म पानी और मुलायम कपड़े से साफ किया जाता है। काम शुरू करने से पहले मुख्य स्विच "
        "बंद किया जाता "
        "है और दरवाज़ा बंद किया जाता है। जब तक बत्ती लाल है तब तक कोई चलते पुर्जों को नहीं छू सकता। इसके बाद "
        "छन्नी सुखाई जाती है, "
        "ढक्कन चार पेंचों से बंद किया जाता है और तारीख उस पुस्तिका में लिखी जाती है जो हॉल के प्रवेश द्वार के "
        "पास रखी है।",
        ("पंप", "बॉयलर", "लिफ्ट", "भट्टी", "क्रेन", "आरी", "तराजू", "पंखे"),
        ("तहखाने के", "छत के", "आँगन के", "फाटक के"),
    ),
    Language(
        "zh",
        ("水泵没有停止。", "谁来修理它？", "请给车间打电话！"),
        ("水泵", "没有", "停止"),
        "{y}的{x}多久清洗一次？",
        "{y}的{x}每个月用温水和软布清洗一次。开始工作之前，必须关闭总开关并锁好大门。指示灯是红色的时候，"
        "任何人都不可以接触转动的零件。"
        "清洗以后把滤网晾干，用四颗螺丝固定盖板，并把日期写在大厅入口旁边的记录本上。每年年底把记录本交给经理，"
        "在档案室保存五年，"
        "所有员工都可以到那里阅读。",
        ("水泵", "锅炉", "电梯", "烤箱", "吊车", "电锯", "天平", "风扇"),
        ("地下室", "屋顶", "院子", "大门口"),
        blank="",
    ),
    Language(
        "ja",
        ("ポンプが止まりません。", "誰が修理しますか？", "工場に電話してください！"),
        ("ポンプ", "が", "止まり", "ま", "せん"),
        "{y}の{x}はどのくらいの頻度で掃除しますか？",
        "{y}の{x}は毎月、ぬるま湯と柔らかい布で掃除します。作業を始める前に主電源を切り、扉に鍵をかけます。"
        "ランプが赤い間は、誰も動いている部品に"
        "触れてはいけません。掃除の後でフィルターを乾かし、四本のネジで蓋を閉め、"
        "入口の横にある帳簿に日付を書きます。年末には帳簿を所長に渡し、"
        "資料室に五年間保管します。",
        ("ポンプ", "ボイラー", "エレベーター", "オーブン", "クレーン", "鋸", "秤", "扇風機"),
        ("地下室", "屋上", "中庭", "正門"),
        blank="",
    ),
    Language(
        "ko",
        ("펌프가 멈추지 않습니다.", "누가 수리합니까?", "작업장에 전화하세요!"),
        ("펌프가", "멈추지", "않습니다"),
        "{y} {x} 얼마나 자주 청소해야 합니까?",
        "{y} {x} 매달 따뜻한 물과 부드러운 천으로 청소합니다. 작업을 시작하기 전에 주 전원을 끄고 문을 잠급니다. "
        "표시등이 빨간색인 동안에는 "
        "아무도 움직이는 부품을 만지면 안 됩니다. 그 다음에 필터를 말리고 나사 네 개로 덮개를 닫은 뒤에 홀 입구 "
        "옆에 있는 장부에 날짜를 "
        "적습니다. 연말에는 장부를 소장에게 넘기고 자료실에 오 년 동안 보관하며 직원은 누구나 그곳에서 읽을 수 "
        "있습니다. 빠진 쪽이 있으면 바로 "
        "알리고 같은 날 새 장부를 엽니다.",
        ("펌프를", "보일러를", "승강기를", "오븐을", "기중기를", "톱을", "저울을", "선풍기를"),
        ("지하실의", "옥상의", "마당의", "정문의"),
    ),
    Language(
        "th",
        ("เครื่องสูบน้ำไม่หยุด", "ใครซ่อมมัน", "โทรหาช่าง"),
        ("เครื่อง", "สูบ", "น้ำ", "ไม่", "หยุด"),
        "ต้องทำความสะอาด{x}{y}บ่อยแค่ไหน",
        "ต้องทำความสะอาด{x}{y}ทุกเดือนด้วยน้ำอุ่นและผ้านุ่ม ก่อนเริ่มงานต้องปิดสวิตช์หลักและล็อกประตู "
        "ห้ามทุกคนแตะชิ้นส่วนที่เคลื่อนไหวในขณะที่ไฟเป็นสีแดง หลังจากนั้นทำให้ตัวกรองแห้ง ปิดฝาด้วยสกรูสี่ตัว "
        "และเขียนวันที่ลงในสมุดที่อยู่ข้างทางเข้าห้องโถง "
        "เมื่อสิ้นปีให้ส่งสมุดแก่ผู้จัดการและเก็บไว้ในห้องเอกสารเป็นเวลาห้าปี",
        ("เครื่องสูบน้ำ", "หม้อไอน้ำ", "ลิฟต์", "เตาอบ", "ปั้นจั่น", "เลื่อย", "เครื่องชั่ง", "พัดลม"),
        ("ในห้องใต้ดิน", "บนหลังคา", "ในลานบ้าน", "ที่ประตูใหญ่"),
    ),
    Language(
        "km",
        ("ម៉ាស៊ីនបូមទឹកមិនឈប់។", "អ្នកណាជួសជុលវា?", "សូមហៅជាង!"),
        ("ម៉ាស៊ីនបូម", "ទឹក", "មិនឈប់"),
        "តើត្រូវលាងសម្អាត{x}{y}ញឹកញាប់ប៉ុណ្ណា?",
        "ត្រូវលាងសម្អាត{x}{y}រៀងរាល់ខែដោយទឹកក្តៅ និងក្រណាត់ទន់។ មុនពេលចាប់ផ្តើមការងារ ត្រូវបិទកុងតាក់មេ "
        "និងចាក់សោទ្វារ។ "
        "គ្មាននរណាម្នាក់អាចប៉ះផ្នែកដែលកំពុងធ្វើចលនាបានទេ ពេលដែលភ្លើងនៅពណ៌ក្រហម។ បន្ទាប់មកត្រូវសម្ងួតតម្រង "
        "បិទគម្របដោយវីសបួន "
        "ហើយសរសេរកាលបរិច្ឆេទក្នុងសៀវភៅដែលនៅជិតច្រកចូលសាលធំ។",
        ("ម៉ាស៊ីនបូមទឹក", "ឡចំហាយ", "ជណ្តើរយន្ត", "ចង្ក្រាន", "រណារ", "ជញ្ជីង", "កង្ហារ", "ហ្វ្រាំង"),
        ("ក្នុងបន្ទប់ក្រោមដី", "លើដំបូល", "ក្នុងទីធ្លា", "នៅខ្លោងទ្វារ"),
    ),
]

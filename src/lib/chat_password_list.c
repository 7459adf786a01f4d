/* made by data/passwords.pl from data/passwords.txt: edit that one */

#include "chat_password_list.h"

const size_t  chat_password_list_size = 5000;
const size_t  chat_password_list_longest = 20;

const char  chat_password_list_text[] =
    "0.0.0.0000.0.00000000000000100000700011100070070070101101011910"
    "0101197001011975010119770101197901011980010119810101198201011983"
    "0101198401011985010119860101198701011988010119890101199001011991"
    "01011992010119930101199901012000010120010101201001012011010180"
    "01020301020304010919890201198002011985020119860201198702011988"
    "0202198202021983020219840202198502021986020219870202198802021989"
    "0203198402031985020319860203198702041982020419830204198402041986"
    "0204198702041988020519830205198602061985020619860206198802061989"
    "0207198202071984020719860208198202081984020819850208198602081987"
    "0208198802081989020919860209198702101984021019850308200604201000"
    "100000100110051007101011011101210171020102031020301020304010221024"
    "1029381029384756106611111111111111111111a11112222111222"
    "11122233311122233344455511133311221122111122311223311223344"
    "11223344551123112358112358131123581321120119871206761211121211213"
    "121314121314151221122312233312233344445555512241225123012309812312"
    "12312312312312123123a123123q1232323q12332123321123321123123321a"
    "123321q1234123432112344321123451234511234543211234551234554321"
    "1234561234566543211234567123456781234567887654321123456789"
    "12345678901234567890098765432112345678909876543211234567890a"
    "1234567890q1234567890qwerty123456789112345678910"
    "12345678987654321123456789987654321123456789a123456789q"
    "123456789qwerty123456789z12345678a12345678q123456791234567a"
    "1234567q123456a123456aa123456k123456q123456qw123456qwe"
    "123456qwerty123456r123456s123456z12345712345a12345q12345qwe"
    "12345qwert12345t12345z1234651234abcd1234asdf1234qwe1234qwer"
    "1234qwerasdfzxcv1236512365412365478123654789123698712369874"
    "123698745123789123789456123987123aaa123abc123asd123qaz123qq123"
    "123qwe123qwe123123qweasd123qweasdzxc123qwerty123zxc124578128500"
    "12qw1212qw34er12qwas12qwaszx131313132435132435461346791352461357"
    "13579135790135792468135792468013666131369141627142536147258"
    "14725836147258369147369147741147852147852369147896314789632"
    "14789632514796314921507811542637815935715963215975159753159951"
    "162534170118436572192837192837465194119451a2b3c1a2b3c4d1a2s3d4f"
    "1passwor1pussy1q2w3e1q2w3e4r1q2w3e4r51q2w3e4r5t1q2w3e4r5t6y1qa2ws"
    "1qa2ws3ed1qa2ws3ed4rf5tg1qaz2ws1qaz2wsx1qaz2wsx3edc"
    "1qaz2wsx3edc4rfv1qazxsw21qazxsw23edcvfr41qwerty1x2zkg8w1z2x3c"
    "200000210319882112211221122128506222333223344"
    "23176djivanfros23568924682468102469258025802580258456258852314159"
    "31415926315475321123321456321654321654987332211333666336699362436"
    "36996341214128420247420420420842084208555426hemi4417445566456123"
    "45632145665445685248151623424runner50cent50spanks515051505150"
    "555121255566655577765412365432165532166666666677766699967515206969"
    "6969669696970077350150574185274185296375315975395177531917777777"
    "777888777931177889978451278789878912378945678945612789456123"
    "78951237896547899877946137ugd5hip2j85245686753098j4ye3uz90210"
    "9060909119119293709b1393799929517539562876963852963852741987456"
    "987456321998877a11111a12345a123456a1234567a12345678a123456789"
    "a1a2a3a1b2c3a1b2c3d4a1s2d3a1s2d3f4aa123456aaa111aaliyahaardvark"
    "aaronaaron1abc12abc123abc1234abc12345abcd123abcd1234aberdeen"
    "abgrtyuabigailabnormalabrahamabsolutaccessaccess14accordaccount"
    "achillesactionactiveadamadam12adgjmptwadidasadminadmiraladonis"
    "adrianadrianaadultaezakmiafricaagainagent007aggiesaikidoairborne"
    "airbusairforceairplaneakiraaksjdlasdakj89879alabamaalanalaska"
    "albatrosalbertalbertoalbionalejandraleksandraleksandraaleksey"
    "alenkaalexalex123alexandealexanderalexandralexandraalexeyalexisalfa"
    "alfredalibabaalicealiciaalienaliensalisonallenallianceallison"
    "allmineallsopallstaralphaalpha1alphabetalpinealucardalwaysalyssa"
    "amadeusamandaamanda1amateuramateursamazonamberamber1ameliaamerica"
    "america1americanamerikaamigoamsterdaamsterdamanacondaanakinanal"
    "analsexanarchyanastasiaanastasiyaandersandersonandreandreaandrea1"
    "andreasandreiandresandrewandrew1andreyandromedandromedaandy"
    "anfieldangelangel1angelaangelicaangelinaangeloangelsangieangus"
    "anhyeuemanimalanimalsanimeannaannetteannieannie1answeranthony"
    "anthony1anthraxantonantoniantonioanubisanythingapacheapollo"
    "apollo13appleapple1apple123applepieapplesaprilaquariusaragorn"
    "arcadiaarcherarchiearea51arizonaarjayarmagedonarmaniarnoldarrow"
    "arsenalarsenal1artemartemisartemkaarthurartistarturasd123asdasd"
    "asddsaasdfasdf123asdf1234asdfasdfasdfgasdfghasdfghjasdfghjk"
    "asdfghjklasdfjklasdfzxcvasdzxcashleyashley1ashtonasianaspire"
    "aspirineassassassassinassfuckassholeasshole1assholesassmanassword"
    "asterixastridastroastrosathenaathlonatlantaatlanticatlantisatomic"
    "attackattilaauburnaudia4audreyaugustauroraaussieaustinaustin1"
    "australiaustraliaautumnavalanchavalonavataravengerawesomeazamat"
    "azertyazsxdcazsxdcfvbabebabesbabiesbabybabybluebabyboybabydoll"
    "babyfacebabygirlbabylonbabylon5babylovebacardibacchusback"
    "backdoorbaconbadassbadboybaddogbadgerbadgirlbadmanbagginsbaggio"
    "bagirabaileybailey1ballballerballoonballoonsballsbambambamboo"
    "bananabananasbananebanditbangbangbangbangkokbankerbannerbanshee"
    "banzaibarbadosbarbarabarberbarbiebarcelonbarcelonabarefootbarkley"
    "barneybarrybarsikbartbartmanbaseballbaseball1basketbasketba"
    "basketballbassbassmanbastardbatmanbatman1battlebaxterbayern"
    "bcfieldsbeachbeachesbeaglebeamerbeanerbeaniebearbearbearbearcat"
    "bearsbeastbeast1beastiebeatlebeatlesbeatricebeautifubeautiful"
    "beautybeaverbeavisbeckhambeckybeefcakebeemerbeerbeetlebelieve"
    "belindabellbellabella1bellebenderbenficabengalsbenjaminbennettbenny"
    "bensonbentleybeowulfberettaberlinbernardbernieberthabertiebethany"
    "betterbettybeverlybhbirfbhrh0h2oof6xbqjehbiancabicyclebigass"
    "bigballsbigbearbigbirdbigbluebigboobsbigboybigbuttbigcock"
    "bigdaddybigdickbigdogbigfishbigfootbiggerbiggiebigglesbigguybigmac"
    "bigmanbigmikebigmoneybigonebigredbigsexybigtimebigtitbigtitsbikini"
    "bilbobillbilliebillybilly1billybobbillyboybimmerbingbingobingo1"
    "binladenbirdbird33birdiebirdmanbirthdaybiscuitbishopbitchbitch1"
    "bitchassbitchesbitemebizkitblablablackblack1blackbirblackcat"
    "blackdogblackhawblackieblackjacblackjackblackmanblackoutblacks"
    "blackybladebladesblahblahblakeblasterblazeblazerblessedblessing"
    "blink182blizzardblondeblondesblondiebloodbloodyblowblowjobblowmeblue"
    "blue12blue123blue22bluebirdblueblueblueboybluedogblueeyes"
    "bluefishbluemoonbluesblueskyboatbob123bobafettbobbiebobbobbobby"
    "bobby1bobcatbobdylanboeingbogartbogdanbogeybohicabollocksbollox"
    "bomberbombersbondbond007bondageboneboneheadbonerbonesbonita"
    "bonjourbonjovibonkersbonniebonsaiboobboobieboobiesboobooboobs"
    "boogerboogiebookwormboomboomboomerbootiebootsbootyboricuaboris"
    "borussiaboscobossbossmanbostonbottlebottombouncebountybowler"
    "bowlingbowserboxingboxsterboysbpgjldsgjldthnfbr0d3rbr549brad"
    "bradfordbradleybrandibrandobrandonbrandon1brandybrasilbravesbrazil"
    "breastbreastsbreezebrendabrendanbrianbrian1briannabridgebridget"
    "brightonbristolbritneybrittanybroadwaybrodiebrokenbrokerbronco"
    "broncosbrookebrooklynbrooksbrotherbrothersbrownbrowniebrownsbruce"
    "bruceleebruinsbrunobruno1brutusbryanbryantbubbabubba1bubbasbubble"
    "bubblesbuckbucketbuckeyebuckeyesbuckshotbudapestbuddahbuddhabuddie"
    "buddybuddy1buddyboybudlightbudmanbudweisebuffalobuffettbuffybuffy1"
    "buggerbuilderbullbulldogbulldog1bulldogsbulletbullfrogbulls"
    "bullseyebullshitbummerbungholebunniesbunnybunny1burgerburrito"
    "burtonbushbushidobusinessbusterbuster1butchbutlerbuttbutter"
    "buttercubutterflbutterflybuttfuckbuttheadbuttholebuttmanbutton"
    "buttonsbuzzardbytemecabbagecactuscadillaccaesarcaitlincalgary"
    "calicocalientecaliforncaliforniacaligulacalliecallumcalvincamaro"
    "cambiamicamelcamelotcamelscameltoecameracameroncameron1camilla"
    "camillecampbellcampercanadacanadiancancelcancercancuncandlecandy"
    "candymancangcannabiscannoncanoncantonacapitalcaponecapslock"
    "captaincaramelcaravancardinalcarlcarlitocarlitoscarlocarlos"
    "carltoncarmencarolcarolecarolinacarolinecarolyncarpediecarpet"
    "carreracarriecarrotcarsoncartercartmancartooncasanovacasertacasey"
    "casey1cashcasinocaspercassidycassiecastlecat123catalinacatch22"
    "catdogcatfishcatherincatherinecatmancatscavaliercavemancbr600"
    "ccbillcdtnbrcdtnkfyfceciliaceleroncelestecelicacelineceltic"
    "celticscengcentercentralcerberuscessnacfitymrfcgfhnfrchadchai"
    "chainsawchairchampchampionchampschancechandlerchanelchangchange"
    "changemechaochaoschargerchargerscharlescharles1charleycharli"
    "charliecharlie1charlottcharlottecharltoncharlycharmedchasechaser"
    "cheatercheckcheckerscheechcheekscheerscheesecheese1cheetahchelsea"
    "chelsea1chemicalchengcherokeecherrycherylchesterchester1chevelle"
    "chevrolechevroletchevychevy1chewiecheyennechicagochicago1chichi"
    "chickenchicken1chickenschickschicochiefchiefschildrenchimerachina"
    "chinookchipperchippychivaschloechloe1chocolatchocolatechongchopin"
    "chopperchouchrischris1chrisblnchrissychristchristiachristian"
    "christinchristinachristinechristopchristopherchristychromechronic"
    "chronochryslerchuaichuangchubbychuckchuckiechuckleschuckychui"
    "chunkychuochurchcicciocicerocigarscindercindycinnamoncitadelcity"
    "cjkysirjcjkywtclaireclancyclaptonclarenceclarinetclassicclassics"
    "claudeclaudiclaudiaclaymoreclaytonclemsonclevelancliffordclinton"
    "clipperclitoriscloud9cloudscloverclownscobaincobaltcobracobra1"
    "cocacolacocainecockcockscoconutcodycoffeecohibacokecoldbeer"
    "colemancolleencollegecollinscolombiacoloradocolorscolt45coltrane"
    "columbiacolumbuscometcomicscommandcommandocompaqcomputecomputer"
    "concordeconcretecondomcondorcongconnectconnerconnieconnorconrad"
    "consumercontentcontrolcookiecookiescoolcooldudecoolercoolguycoolio"
    "coolmancoolnesscoopercootercoppercorleonecorollacoronacorrado"
    "corsaircorvettecosmiccosmocosmoscosworthcottoncougarcougars"
    "countrycourtneycowboycowboy1cowboyscowboys1coyotecrackercraigcrash"
    "crawfordcrazycrazy1crazybabcreamcreampiecreamycreativecredit"
    "cricketcrimsoncristinacrittercrjhgbjycruisecruisercrunchcrusader"
    "crushercrysiscrystalcrystal1cthtufcthulhucthutqcubbiescubswin"
    "cuddlescummingcumshotcuntcuntscupcakecuriouscurtiscustomcutlass"
    "cuttercxfcnmtcybercyclonecyclopscygnuscynthiacypressdabearsdaddy"
    "daddy1daemondaewoodaggerdaisydaisy1dakotadaledalejrdallasdallas1"
    "daltondamagedamiandamiendammitdamnitdanadancedancerdangdangerdanie"
    "danieldaniel1danieladanielledaniildaniladannidannydanny1dannyboy"
    "danzigdaphnedarkdarklorddarkmandarknessdarksidedarkstardarling"
    "darrendarwindavedaviddavid1davidedavidsdavidsondavisdawgdawndawson"
    "daytonadbrnjhdbrnjhbzdeacondeaddeadheaddeadmandeadpooldeandeanna"
    "deathdeath1debbiedeborahdecemberdeedeedeejaydeepthroatdeeznuts"
    "deeznutzdefenderdefiantdeftonesdeletedelphideltadelta1deluxedemon"
    "denalidengdenisdenisedeniskadennisdenverdepechederrickdesertdesign"
    "designerdesiredeskjetdestinydetroitdeutschdevildevil666devildog"
    "devilsdexterdfcbkbqdfkthbzdfkthfdfktynbyfdfvgbhdharmadiablodialog"
    "diamonddiamond1diamondsdianadiaodickdickheaddickiedicksdiehard"
    "dieseldietcokedieterdiggerdigglerdigitaldigital1dilbertdildo"
    "dilligafdillondimadinamodingdingdongdinosaurdipshitdirect"
    "directordirtbikedirtydiscoverdisneydiverdivinedixiedkflbckfd"
    "dkflbvbhdobermandoctordodgedodge1dodgerdodgeramdodgersdog123"
    "dogfooddoggdoggerdoggiedoggydoghousedogmandogsdogshitdoitnowdollar"
    "dollarsdolphindolphin1dolphinsdominicdominodonalddongdonkeydonna"
    "donniedonutsdoobiedoodledoogiedookiedoomsdaydorothydotcomdoubledoug"
    "doughboydouglasdowndowntowndraculadragodragondragon1dragon12"
    "dragonbadragonballdragonsdragoondrakedrakondreamdreamerdreamsdrew"
    "driverdrizztdroopydrowssapdrpepperdrummerdthjybrfduandublinducati"
    "duchessduckdudedudleydukedumbassduncandundeedurangodusterdustin"
    "dustydutchessdylandynamitedynamoeagleeagle1eagleseagles1eastside"
    "eastwoodeasyeatmeeatpussyeatshiteclipseeddieeddie1eduardedward"
    "edward1eeyoreeileeneinsteinekaterinaelaineeldoradoelectra"
    "electricelectronelementelenaelephantelevenelijahelizabet"
    "elizabethelizavetaelliotelliottelviraelviselvis1elwoodemerald"
    "emersonemilyemily1eminememmaemmanuelemmittempireenergyengageengine"
    "engineerenglandenglishenigmaenjoyenterenter1enterprienterprise"
    "entropyeraserericericssonerikernesteroticeroticaescapeescortesther"
    "eternaleternityeugeneeurekaeuropaeuropeevelyneveresteverton"
    "excalibuexcaliburexigenexigentexodusexoticexplorerexpressextremef**k"
    "fabianfabiefabricfacialfaggotfaithfalconfalconsfallenfalloutfamily"
    "fangfantasyfarmerfarscapefarsidefartfashionfastfastballfaster"
    "fatassfatboyfatcatfatherfatimafatmanfeatherfebruaryfeetfeliciafelix"
    "fenderfengfergiefergusfernandfernandoferrariferrari1ferretfester"
    "fetishfghtkmfgtkmcbyfickenfiestafigarofighterfilterfingerfingers"
    "finishfirefireballfirebirdfireflyfirefoxfiremanfirstfishfisher"
    "fishesfishingfishing1fistingfitnessfktrcfylhfktrcfylhffktrctq"
    "flamesflamingoflashflash1flatronfletchfletcherflexibleflight"
    "flipperfloppyflorenceflorianfloridaflorida1flounderflowerflowers"
    "floydfluffyflyboyflyersflyingfoobarfootbalfootballfootball1ford"
    "fordf150forestforeverforfunforgetforgotformulaformula1forrest"
    "forsakenfortunafortuneforyoufossilfosterfowlerfoxtrotfrance"
    "francesfrancescfrancisfrancofrancoisfrankfrank1frankiefranklin"
    "frankyfreakfreaksfreakyfrecklesfredfreddiefreddyfredericfredfredfree"
    "freedomfreedom1freemanfreepassfreepornfreeuserfreewayfrenchfriday"
    "friendfriendsfrightfriscofriskyfritzfrodofrogfroggerfroggy"
    "front242frontierfrostyfrozenfubarfuckfuck_insidefuckedfucker"
    "fuckersfuckfacefuckfuckfuckherfuckinfuckingfuckitfuckmefuckoff"
    "fuckoff1fuckthisfuckufucku2fuckyofuckyoufuckyou1fuckyou2fugazi"
    "fulhamfullmoonfunctionfunnyfuntimefusionfutbolfuturefuzzy"
    "fyfcnfcbzfylhtqfytxrffyutkbyfgabriegabrielgabriel1gabriellgadget"
    "galaxygalinagaloregambitgamecockgamecubegameovergandalfgandalf1"
    "ganeshganggangbanggangstagangstergaragegarbagegarciagarden"
    "garfieldgargoylegarrettgarygatewaygateway1gatorgator1gatorade"
    "gatorsgawkergbpltwgegcbrgeheimgeminigeneralgenericgenesisgeng"
    "geniusgeorggeorgegeorge1georgiageraldgerardgermangermanygeronimo"
    "gesperrtgetmoneygetsomegfhjkmgfhjkm1gfhjkm123gfhjkmgfhjkmghbdtn"
    "ghbdtnbrghblehjrghettoghjcnjghjcnjnfrghostghost1ghostridergiant"
    "giantsgibsongilbertgilliangingerginger1giorgigiorgiogiovannigirl"
    "girlsgiuseppegizmogizmo1gizmodogjkbyfgladiatorglobalgloriagmoney"
    "gn56gn56goaliegoatgoawaygoblingobluegobucksgoddessgodfathe"
    "godfathergodsmackgodzillagofishgoforitgoirishgokugoldgoldberg"
    "goldengoldfishgoldiegoldstargoldwinggolfgolfballgolfergolfer1"
    "golfgolfgolfinggoliathgollumgonavygonggonzogoobergoodgoodboy"
    "goodbyegoodluckgoodmangoodtimegoofygooglegoonergoosegophergordon"
    "gordon24gorillagotchagothicgotohellgovolsgracegraciegrahamgrandma"
    "grannygrantgrapesgratefulgreasegreatgreat1greatonegreengreen1"
    "green123greenbaygreendaygreensgreggregorgregorygremlingrendel"
    "gretchengretzkygriffeygriffingringogrizzlygromitgroovegroovy"
    "grouchogrovergrumpygsxr750guaiguangguardianguestguinessguinness"
    "guitarguitar1gundamgunnargunnergunnersgustavhackhackedhackerhaggis"
    "haileyhairyhal9000halflifehalifaxhallohambonehamburghamiltonhamish"
    "hamlethammerhammershamsterhandsomehandymanhankhannahhannah1"
    "hannibalhansenhansolohappyhappy1happy123happydayhardhardcock"
    "hardcoreharderhardonhardrockharleyharley1harmonyharoldharperharris"
    "harrisonharryharry1harveyhastingshavefunhawaiihawaii50hawaiianhawk"
    "hawkeyehawkeyeshayabusahaydenhayleyhd764nw5d7e1vb1"
    "hd764nw5d7e1vbvheadheartheartsheaterheatherheather1heavenheckfy"
    "hectorhedgehogheidiheinekenhelenhelenahellhellfirehellohello1"
    "hello123helloohelloshellyeahhelmethelphelpmehendrixhenryhenry1"
    "hentaiherbertherbieherculeshermanhermeshersheyhesoyamheynowhidden"
    "highlandhiltonhiphophippiehistoryhitherehitlerhitmanhjccbzhjvfirf"
    "hobbeshobbithockeyhockey1hokiesholdenholidayhollandhollyholly1"
    "hollywoohollywoodholmesholyshithomehomeboyhomerhomer1homerjhomers"
    "homerunhondahonda1hondashoneyhoney1hongkonghookerhooliganhoosier"
    "hoosiershooterhootershootiehooverhopehopefulhopperhorizonhorndog"
    "hornethorneyhornyhorny1horsehorseshotboxhotboyhotdoghotpussyhotred"
    "hotrodhotsexhotshothotstuffhottiehousehouse1houseshoustonhover"
    "howardhuaihudsonhummerhungryhunterhunter1huntinghurricanhusker"
    "huskershuskieshustlerhyperioniamgodib6ub9ibanezicebergicecream"
    "icemanicu812idontknoidontknowiforgotigoriguanaihateyouillini"
    "illusionilovemeilovesexiloveuiloveyoiloveyouimagineimation"
    "immortalimpalaimperialincubusindianindianaindiansindigoinfantry"
    "infernoinfinitiinfinityingridinsaneinsertinsideinsomniainspiron"
    "integraintelinternetintrepidintruderinuyashaiomegaipswichireland"
    "irinairishirish1ironmanisabelisabellaisabelleisaiahiscoolisland"
    "islanderisraelistanbulitaliaitalianivanivanovivanovaiverson"
    "iverson3iwantujabronijackjackaljackassjackiejackoffjackpotjackson"
    "jackson1jackson5jacobjacob1jadejaggerjaguarjakejamaicajames"
    "james007james1jamesbonjamesbondjamiejamie1jammerjamminjanicejanine"
    "januaryjapanjapanesejarheadjasminjasminejasmine1jasonjason1jasper"
    "javajavierjaybirdjaydenjayhawkjayhawksjazzjazzmanjeanjeanettejedi"
    "jeepjeffjeffreyjellyjellybeajennjennajenniejenniferjennyjenny1"
    "jensenjeremiahjeremyjerichojerkoffjeromejerryjerseyjessejessic"
    "jessicajessica1jessiejesterjesusjesus1jethrojetskijewelsjezebel"
    "jiangjiaojiggamanjillianjimbojimbobjimmyjimmy1jingjiongjktymrf"
    "joannajoannejockeyjoejoejoeyjohannjohannajohannesjohnjohn316"
    "johnboyjohnjohnjohnnyjohnsonjokerjoker1jokersjonathanjonesjones1"
    "jordajordanjordan1jordan23josejosephjoshjoshuajoshua1jrcfyfjuan"
    "judithjuggalojuicejuliajulianjuliejulietjuliusjumperjunebugjungle"
    "juniorjupiterjust4funjust4mejustdoitjusticejustinjustin1justine"
    "justmejuventuskahunakaiserkakashkakaktuskamikazekangarookansas"
    "karatekarenkarinakarolinakashmirkasperkatanakatarinakaterina"
    "kathleenkathrynkathykatiekatie1katrinkatrinakawasakikazantip"
    "kcj9wx5nkeeperkeithkelleykellykelly1kelseykendallkennedykenneth"
    "kennykenshinkentuckykenwoodkenworthkermitkevinkevin1keyboard"
    "keystonekeywestkfhbcfkickasskickerkidskillkillbillkillerkiller1"
    "killer12killerskillmekilroykimberkimberlykingkingdomkingfish"
    "kingkongkingpinkingstonkinkykipperkirillkirstenkirstykisskisses"
    "kissmekissmyasskitkatkittenkittykitty1kittycatkittykatklaster"
    "kleopatraklingonknickersknicksknightknightsknockersknopkakodiak"
    "kolobokkongkoolkornkoshkakosmoskostyakotakukotenokkramerkrishna"
    "kristakristenkristikristinkristinakristinekristyktyjxrfkuaikume"
    "kungfukylelabradorlabteclacrosseladiesladyladybuglagunalakers"
    "lakotalancelotlancerlansinglanternlaptoplarisalarrylarry1laser"
    "lassielasvegaslatinlatinaslatinolauralaurenlaurentlaurielawrence"
    "lawyerlazarusleaderleanneleatherleavemealoneledzeplegacylegend"
    "legionlegolaslemonslenglennonleonardleonardoleonidleopardlesbian"
    "lesbiansleslielespaullestatlesterletmeinletmein1letmein2letsgolewis"
    "lexmarklexuslhbjkjubz2957704liangliaolibertylicklickerlicking"
    "lickitlickmelifelifehacklifetimelightlighterlightninlightning"
    "lightslillianlincolnlindalinda1lindroslindsaylindseylineage2lion"
    "lionkingliquidlisalisalisalittleliverpooliverpoollizardlizzie"
    "lobsterlocologanlogan1logitechlokomotivlol123lolipoplolita"
    "lollipoplollollollypoplondonlonelylonestarlonewolflonglonghorn"
    "lookerlookinglooserlorenzolorraineloserloserslotuslouislouise"
    "louloulovelove1love12love123love69lovebugloveitlovelovelovely"
    "lovemeloverlover1loverboyloverslovesexloveyoulovinglowrider"
    "ltybcrfluanlucasluciferluckylucky1lucky13lucky7luckydoglucy"
    "ludmilaludwiglukelustlutherlvbnhbqlytdybrbdfvgbhfmacdaddymachine"
    "macrossmaddenmaddiemaddogmadelinemadinamadisonmadison1madmanmadmax"
    "madnessmadonnamadridmaestromaggiemaggie1maggotmagicmagic1"
    "magicianmagickmagicmanmagnoliamagnummagnusmagpiemaiden"
    "mailcreated5240mailmanmajesticmakavelimaksimmaksimkamalakamalcolm"
    "malibumalinamallardmamapapamanagermanchestmanchestermancity"
    "mandarinmandingomandymangomaniacmanowarmansonmantismanuelmanutd"
    "maradonamarathonmarcmarcelmarcellomarcomarcosmarcusmargaret"
    "margaritamariamaria1mariahmarianmariannemariemarikamarilynmarina"
    "marinemarine1marinersmarinesmarinomarino13mariomarionmariposa"
    "marisamarissamariusmarkmarkermarketmarkusmarlboromarlenemarley"
    "marlinmarshallmarthamartinmartin1martinamartinezmartinimarvel"
    "marvinmarymaryjanemarylandmasamunemasonmason1massimomassivemaste"
    "mastermaster1master12mastersmatadormathewmatildamatrixmattmatteo"
    "matthewmatthew1mattiematuremaureenmauricemaverickmax123maxellmaxim"
    "maximamaximemaximummaximusmaxinemaxmaxmaxwellmaxwell1maxxmaxxxx"
    "maydaymayhemmaynardmazafakamazdamazda626mclarenmeatballmeathead"
    "meatloafmechanicmedusamegadethmegamanmeganmegapassmegatronmeghan"
    "meistermelaniemelindamelissamelissa1mellonmellowmelodymelvinmember"
    "memorexmemorymemphismenacemengmeowmeowmephistomercedesmercury"
    "meredithmeridianmerlinmerlin1merlotmermaidmersedesmetalmetallic"
    "metallicamethodmetsmexicomiamimianmiaomichaemichaelmichael1"
    "michael2michaelamichelmichelemichellemichiganmickmickeymickey1"
    "microlabmicronmicrophonemicrosofmicrosoftmidgetmidnightmidway"
    "mightymiguelmihailmikemikemikemikeymikey1milanamilanomilenamiles"
    "militarymilkmanmillermilliemillionmillwallmiltonmineminecraft"
    "minimeminniemiraclemiragemirandamiriammirrormisfitmisfitsmishka"
    "missionmissymissy1mistermistressmistymisty1mitchellmittensmnbvcxz"
    "mobilemobydickmodelsmodenamojomolliemollymolly1mollydogmoloko"
    "molsonmomoneymomsanaladventuremonacomonalisamonarchmondaymondeo"
    "moneymoney1moneymanmoneysmongoosemonicamonikamoniquemonitormonke"
    "monkeymonkey1monkey12monkeysmonopolymonroemonstermonster1montana"
    "montgom240montrealmontymoocowmookiemoomoomoonmoonbeammoonlightmoose"
    "moose1mordormorganmorgan1moritzmorpheusmorrismorrisonmortgage"
    "mortimermoscowmothermotherlodemotorolamountainmousemouse1movie"
    "moviesmozartmuffinmuldermulletmultiplelomunchkinmuppetmurdermurphy"
    "murraymusashimusclemushroommusicmusic1musicamusicmanmustafa"
    "mustangmustang1mustangsmustardmybabymylifemylovemynamemypassmyself"
    "mysterymysticnadinenakednancynangnanooknapassnapoleonnapoli"
    "napsternarutonascarnastynasty1nastyanatalinatalianatalienatasha"
    "nathalienathannationalnaturalnaturenaughtyncc1701ncc1701a"
    "ncc1701dncc1701ene1469ne_e_pod_chehylnebraskanellienelsonnemesis"
    "nemvxyheqdd5oqxyxyzinengneptunenetscapenetworknevadanevermind"
    "newbienewcastlnewlifenewmannewpassnewpass6newportnewtonnewyork"
    "newyork1nextelnfnmzyfnguyenniangniaonicholasnick"
    "nick1234-rem936nickelnicolanicolasnicolenicole1niggernightnike"
    "nikitanikitosnikkinikolanikolaynimbusnimrodninaninersningninja"
    "ninja1ninjasnintendonippernipplenipplesnirvananissannitramnobody"
    "nofearnokianokia6300nolimitnomorenonenongnoodlenoodlesnookienopass"
    "normannortonnothingnovellnovemberntktajynuannudenudistnugget"
    "nuggetsnumbernumber1nuttertoolsnwo4lifenyjetsnylonsnymetsoakland"
    "oakleyoasisobelixobiwanoblivionoceansoctoberodessaofficeohyeah"
    "oicu812oilersoklahomaoksanaoldmanolegolgaoliveroliver1olivia"
    "olivieromegaomega1oneloveonetimeonlineonlymeopenopenupoperator"
    "optimusoracleorangeorange1orangesorchidoregonorgasmorientorioles"
    "orionorion1orlandooscaroscar1osirisothelloou812ou8122outkastoutlaw"
    "overkilloverlordoxfordozzyp0015123pa55w0rdpa55wordpacerspacific"
    "packardpackerpackerspackers1pacmanpaddlepadrespaintbalpaintball"
    "painterpakistanpalacepaladinpalmerpalomapamelapanamapanasoni"
    "panasonicpanchopandapandorapangpanterapantherpanther1panthers"
    "pantiespantyhospanzerpaperparadiseparadoxparisparkerparolaparrot"
    "partypascalpasspass123pass1234passatpassionpassmepasspass"
    "passportpassw0rdpasswdpassworpasswor1passwordpassword1"
    "password123password2passwordasswordpasswordpasswordpasswords"
    "passwordstandardpasswortpaswordpatchespatricpatriciapatrick"
    "patrick1patriotpatriotspattonpattypaulpaulinepavilionpavlovpayton"
    "pdtplfpeacepeachpeachespeanutpeanutspearlpearljampebblespeckerpedro"
    "peekaboopeeweepegasuspencilpenelopepengpenguinpenguinspenispenny"
    "penny1penthouspentiumpeoplepepperpepper1pepsipepsi1perfectpersik"
    "personalpervertpetepeterpeter1peterpanpeterspetersonpetrovpeugeot"
    "phantompharmacypheonixphilphilipphilippephilipsphilliesphillip"
    "phillipsphillyphishphoebephoeniphoenixphoenix1photophotosphpbbpian"
    "pianomanpiaopicardpicassopiccolopicklepicklespickuppicspicture"
    "pierrepigletpikachupillowpilotpimppimpinpineapplpingpingpong"
    "pinheadpinkpinkfloypinkfloydpinkypioneerpippenpiramidapirate"
    "piratespiscespissingpissoffpistolpitbullpizzapizzasplaceboplanet"
    "plasmaplasticplatinumplayplayboyplayboy1playerplaystation"
    "playtimepleasepleasureplumberplutoplymouthpobedapoisonpoiuyt"
    "poiuytrewqpokemonpokemon1polarispolicepolina"
    "polniypizdec0211polniypizdec1102polniypizdec110211polopolskapompey"
    "ponchopontiacponypoochiepoodlepoohpoohbearpookiepoontangpooppooper"
    "poopiepoopoopooppooppooterpopcornpopeyepoppyporkchoppornporno"
    "porno1pornospornstarporscheporsche1porsche9porterportland"
    "portugalposeidonpositivepossumpostalpotatopotheadpotterpowder"
    "powellpowerpower1powerspreacherpreciouspredatorpreludepremium"
    "presariopresidenprestoprestonprettyprimusprinceprincesprincess"
    "pringlesprinterprissyprivateprivetprodigyprofitprophetproxypsycho"
    "puddinpuddingpuffypulsarpumpkinpumpkinspunisherpunkinpunkrock"
    "puppiespuppypupsikpurduepurplepusseypussiepussiespussypussy1"
    "pussy69pussycatpussymanpussysputterpyramidpythonq12345q123456"
    "q1q2q3q1w2e3q1w2e3r4q1w2e3r4t5q1w2e3r4t5y6"
    "q1w2e3r4t5y6u7i8q1w2e3r4t5y6u7i8o9p0q2w3e4r5qawsedqawsedrfqaz123"
    "qazqazqazwsxqazwsx1qazwsx12qazwsx123qazwsxedqazwsxedc"
    "qazwsxedc123qazwsxedcrfvqazwsxedcrfvtgbqazxswqazxswedcqazzaqqiang"
    "qiaoqingqiongqqq111qualityquanquantumquartzquattroqueenqueensquest"
    "quincyqwaszxqwe123qweasdqweasd123qweasdzxcqweqweqwer123qwer1234"
    "qwerasdfqwertqwert1qwert123qwertasdfgzxcvbqwertyqwerty1qwerty12"
    "qwerty123qwerty1234qwerty12345qwerty123456qwerty123456789qwertyu"
    "qwertyuiqwertyuioqwertyuiopqwertyuiop12345qwertzr2d2c3porabbit"
    "rabotaracecarracerracerxrachaelrachelrachel1racingradiohearafael"
    "ragnarokraiderraidersraiders1railroadrainrainbowrainbow6rainman"
    "raistlinralphramblerramborammsteinramonaramonesramrodramsesrancid"
    "randallrandomrandyrangerranger1rangersrangers1raptorrascalrasdzv3"
    "rasputinrastarastamanravenraven1ravensraymondrazzrbhbkkrctybz"
    "readerreadyreaganrealityrealmadridreaperrebeccarebecca1rebelrebel1"
    "rebelsrecklessred123redalertredbirdredbullreddevilreddogredfish"
    "redheadredhotredlineredmanredneckredrumredsredskinsredsoxredwing"
    "redwingsredwoodreebokreeferreggiereginarememberrenaultrenegadereng"
    "rereirfrescueresearchrespectretardretiredrevengereviewrfhbyf"
    "rfnthbyfrfrfirfrfrnecrhbcnbyfrhfcjnrfrhinorhjrjlbkrhondarhtdtlrj"
    "ricardorichrichardrichard1richardsrichierichmondrickricky"
    "rightnowripkenripperrippleriverrjirfrgbderjntyjrrjycnfynby"
    "roadkillroadkingroadrunnrobbierobertrobert1robertarobertoroberts"
    "robinrobinsonrobotechroboticsrockrockerrocketrocketsrockford"
    "rockhardrockonrocksrockstarrockyrocky1rodmanrodneyrogerrogers"
    "rolandrollerrolltideromanromanceromashkaromeorommelronaldronaldorong"
    "ronnierookieroosterrootbeerroscoeroserosebudrosemaryrosierotten"
    "route66roverroversroxanneroyalsrtyueheruanrubberrugbyrulesrulez"
    "rulezzzrunescaperunnerrunningrupertrushrush2112ruslanrussellrussia"
    "russianrustamrustyrusty1ryansabbathsabinasabinesabressabrinasadie"
    "sadie1safarisafetysaharasailboatsailingsailorsaintsaintssakura"
    "salamandersalasanasaleensallysally1salmonsalomonsalserosalvador"
    "sam123samanthasamarasamiamsammiesammysammy1sampsonsamsonsamsun"
    "samsungsamsung1samtronsamuelsamuraisanchezsanchosanderssandiego"
    "sandmansandrasandrosandysandy1sanfransantanasantiagosantossapper"
    "sapphiresarasarahsarah1saratogasaschasashasasha1sassysassy1sasuke"
    "satansatan666satanasaturdaysaturnsaunsauronsausagesausagessavage"
    "savannahsayangscaniascannerscarfacescarletscarlettschalkeschool"
    "sciencescoobyscoobydoscooterscooter1scorpioscorpio1scorpionscotch"
    "scotlandscottscott1scottiescottyscoutscrabblescrappyscratchscream"
    "scruffyscubascullyseadooseahawksseamusseansearaysearchseattle"
    "sebastiasebastiansecretsecret1securityseekerseinfeldselectselena"
    "seminolesemperfisenatorssengseniorsentinelseptembeseptemberserega"
    "serenaserenitysergeisergeysergisergiosersolutionserverservice"
    "sesamesevenseven7sex123sex4mesexsexsexualsexxsexxxxsexxxysexysexy1"
    "sexy69sexyboysexygirlsexymanshadoshadowshadow1shaggyshaishalom"
    "shamanshamrockshaneshaney14shangshaniashannonshannon1shaoshaolin"
    "sharksharkssharkysharonshastashavedshazamshearersheenasheisheila"
    "shelbyshelleyshellyshemaleshengsherlockshermansherrysherwoodshiloh"
    "shinershirleyshitshitfaceshitheadshittyshogunshootershoppingshort"
    "shortyshotgunshoushowmeshowtimeshuaishuangshuishunshuoshutupsidney"
    "siemenssierrasilencesilversilver1silveradsilviasimbasimonsimon1"
    "simonasimonesimplesimpsonsimpsonssinatrasinbadsinclairsingersingle"
    "sinistersinnersiriussistersithlordsixersskateskaterskeeterskidoo"
    "skiingskinnyskipperskippyskittlesskorpionskydiveskylarskyler"
    "skylineskywalkeskywalkerslackerslapperslappyslapshotslaveslave1"
    "slavikslayersleepersleepyslicksliderslimslinkyslipknotslipperyslut"
    "slutssluttysmallsmashingsmegheadsmegmasmellysmilesmilessmileysmith"
    "smithssmittysmokesmokersmokessmokeysmokiesmokinsmoothsmudgesmut"
    "snakesnake1snakessnaponsnappersnapplesnatchsneakerssnickerssniper"
    "snookersnoopsnoopdogsnoopysnoopy1snowsnowballsnowboarsnowboard"
    "snowmansnuffysnugglessobakasoccersoccer1socratessoftballsoftware"
    "sojdlg123aljgsoldiersoleilsolncesolomonsolutionsomethinsommersong"
    "sonicsonicssonomasonysoonersoonerssophisophiasophie"
    "soso123aljgsoulmatesouthernsouthparsouthparkspacespacemanspank"
    "spankingspankmespankysparklesparkssparkysparky1sparrowsparta"
    "spartakspartanspartansspawnspeakerspearsspecialspecialkspectre"
    "spectrumspeedspeedospeedyspencerspencer1sphinxspicespiderspider1"
    "spidermaspidermanspideyspikespike1spikerspinnerspiritspitfire"
    "splashsplinterspockspongespongebobspookysportsportssportyspring"
    "springersprintspritespunkyspursspurs1sputnikspydersquallsquash"
    "squirrelsquirtsrinivasstaceystalinstalkerstallionstandard"
    "stanislavstanleystarstar69starbuckstarcrafstarcraftstardust"
    "starfirestarfishstargatestarmanstarsstarshipstarterstartrek"
    "starwarsstaticstationstealthsteelesteelersteelersstefanstefano"
    "stellastepanstephstephanistephaniestephenstereosterlinsterlingsteve"
    "steve1stevensteviestewartsticksticksstickystimpystingstinger"
    "stingraystinkystockingstocksstolenstonestonecolstonecoldstoned"
    "stonerstonesstoneystormstormystrangestrangerstrawberrystreet"
    "striderstrikestrikerstripperstrokestrokerstrongstuartstudstudent"
    "studiostudlystuffstumpystunnerstupidsuansubarusublimesubmitsubway"
    "subzerosuccesssucksuckersuckitsuckmesuckssugarsultansummersummer1"
    "summitsundancesundaysunflowesunflowersunnysunnydaysunrisesunset"
    "sunshinsunshinesupersuper1super123superbsuperflysuperman"
    "superman1superstasuperstarsupportsurfsurfersurfingsusansusanne"
    "suzannesuzukisvetasvetiksvetlanasvobodaswallowswedensweetsweet1"
    "sweetiesweetnessweetpeasweetssweetyswimmerswimmingswinger"
    "swingersswordswordfisswordfishswordssydneysylviasyncmaster"
    "syracusesystemsyzygytabithatacobelltacomatalismantalontamaratammy"
    "tangtangotankertannertanyataratardistargettarheeltarheelstarzan"
    "tashatatianatattootatyanataurustaxmantaylortaylor1tazmantazmania"
    "tdutybqtdutybzteacherteamtechnicstechnoteddyteddy1teddybea"
    "teddybearteenteenstekkentelefontelephontemptemp123tempesttemplar"
    "templetengtennistequilateresaterminalterminatorterrapinterrorterry"
    "testtest1test123test1234testertestingtestpasstesttesttexastexas1"
    "thailandthanatosthanksthankyouthebossthecatthedogthedoorsthedude"
    "theendthegamethegreatthekidthekingthemantheodoretheonetheresa"
    "therockthesimsthirteenthomathomasthomas1thompsonthongsthorthroat"
    "thuglifethumbsthumperthunderthunder1thunderbthursdaythx1138tiantiao"
    "tiberiustiburontickletiffanytiffany1tigertiger1tiger123tiger2"
    "tigerstiggertigger1tigger2tighttightstimbertimetimmytimothytinating"
    "tinkertinkerbelltinmantintintitanictitaniumtitanstitleisttits"
    "tittentittiestittytobiastobytodaytolkientomatotomcattommytommy1"
    "tommyboytomtomtonytooltoolmantoontootietootsietopcattopdogtopgun"
    "tophertoppertornadotorontotorrestoshibatottenhatottenhamtoyota"
    "traceytrackertractortracytradertraffictraintrainertrainstrance"
    "transamtranslatortrappertraveltravelertravistreasuretrebortree"
    "trevortrfnthbyftriangletrickytridenttriggertrinidadtrinitytripod"
    "trippertrishatristantritontriumphtrixietrojantrojanstrombone"
    "troopertroubletrouttrucktruckertruckstruelovetrumpettrunks"
    "trustno1tsunamituckertuesdaytulipstunafishtundratuningturboturbo1"
    "turkeyturkey50turnerturtletweetytwilighttwinkletwistedtwistertyler"
    "tyler1typhoontyroneufkbyfultimaultimateumbrellaunderdog"
    "undertakerunicornuniteduniverseunknownunrealusa123usarmyusmcusnavy"
    "usuckballz1utopiavacationvadervadimvaginavalentinvalentinavalera"
    "valeriavalerievalhallavalkyrievalleyvampirevanessavanhalenvanilla"
    "varvaravasilisavectorvectraveddervegetavelvetveneravenusverbatim"
    "veritasverizonvermontvernonveronaveronicaveronikavertigovette"
    "vfczyzvfhbyfvfheczvfhufhbnfvfibyfvfitymrfvfksirfvfrcbvvfrcbvrf"
    "vfvekzvfvfgfgfvfvjxrfvh5150viagravictorvictoriavictoryvideo"
    "vietnamviewsonicvikingvikingsviktorviktoriavillagevincentviolet"
    "violettaviolinviperviper1vipersvirginvirginiavisionvitalikvivian"
    "vkontaktevladikvladimirvladislavvolcomvolleyvolumevolvovoodoo"
    "vortexvoyagervoyeurvsegdavsjasnel12vulcanwagnerwalkerwallace"
    "walleyewallywalmartwalnutwalruswalterwankerwapbbswarcraft"
    "wareaglewarhammerwarlockwarlordwarrenwarriorwarriorswarthogwasser"
    "wassupwatcherwaterwater1waterloowaterswatsonwayneweaselweather"
    "webmastewebmasterwebsterweedweezerwelcomewelcome1welderwendyweng"
    "werewolfwernerwesleywestwesternwesthamwestsidewestwoodwetpussy"
    "wg8e3wjfwhateverwhatsupwheelswhiskerswhiskeywhiskywhisperwhite"
    "whitesoxwhiteywhitneywhocareswhorewhynotwibblewickedwilbur"
    "wildcardwildcatwildcatswildfirewildmanwilliamwilliam1williams"
    "williewilliswillowwillywilsonwindowwindowswindsorwindsurfwingman"
    "winnerwinniewinstonwinston1winterwisdomwishbonewizardwolfwolf359"
    "wolfgangwolfiewolfmanwolfpackwolverinwolverinewolveswomanwombat"
    "womenwonderwoodwoodlandwoodywoody1wooferwoofwoofwoohoowookie"
    "wordpassworkworldwraithwranglerwrestlewrestlinwrightwrinkle1writer"
    "wutangxanaduxavierxbox360xerxesxfilesxiangxingxtremexxx123xxxpass"
    "xyz123yamahayankeeyankeesyankees1yankees2ybrbnfybrjkfqyeahbaby"
    "yellowyfcntymrfyfnfifyfnfkmzyjdsqgfhjkmyodayomamayosemiteyoung"
    "yourmomyousuckytrewqyummyyvonneyzermanz1x2c3z1x2c3v4zacharyzalupa"
    "zangzaphodzappazaq123zaq12wsxzaq1xsw2zaqwsxzaqxswzarazazenith"
    "zephyrzeppelinzerocoolzeuszhaizhaozheizhengzhjckfdzhongzhouzhuai"
    "zhuangzhuizhunzhuozidaneziggyzigzagzipperzippyzombiezongzorro"
    "zqjphsyf6ctifguzuanzvezdazxasqw12zxc123zxcasdzxcasdqwezxcv1234"
    "zxcvbnzxcvbnmzxcvbnm1zxcvbnm123456789";

const uint16_t  chat_password_list_offset[] = {
    0, 9, 16, 22, 28, 34, 40, 44, 50, 55, 63, 71,
    79, 87, 95, 103, 111, 119, 127, 135, 143, 151, 159, 167,
    175, 183, 191, 199, 207, 215, 223, 231, 239, 247, 253, 259,
    267, 275, 283, 291, 299, 307, 315, 323, 331, 339, 347, 355,
    363, 371, 379, 387, 395, 403, 411, 419, 427, 435, 443, 451,
    459, 467, 475, 483, 491, 499, 507, 515, 523, 531, 539, 547,
    555, 563, 571, 579, 587, 595, 603, 611, 619, 627, 631, 635,
    641, 645, 649, 653, 658, 662, 666, 670, 674, 679, 685, 693,
    697, 701, 707, 717, 721, 727, 735, 742, 750, 756, 765, 780,
    786, 790, 796, 801, 807, 815, 825, 829, 835, 843, 853, 861,
    867, 871, 876, 880, 886, 894, 898, 902, 908, 923, 927, 931,
    935, 941, 946, 952, 960, 967, 974, 982, 987, 993, 1002, 1009,
    1016, 1020, 1027, 1035, 1040, 1046, 1055, 1061, 1071, 1077, 1089, 1096,
    1104, 1120, 1129, 1139, 1159, 1178, 1189, 1200, 1216, 1226, 1237, 1254,
    1272, 1282, 1292, 1307, 1317, 1326, 1335, 1343, 1351, 1359, 1366, 1374,
    1381, 1388, 1396, 1405, 1417, 1424, 1431, 1438, 1444, 1450, 1456, 1464,
    1474, 1480, 1486, 1492, 1500, 1508, 1515, 1523, 1539, 1544, 1550, 1558,
    1567, 1574, 1582, 1591, 1597, 1606, 1612, 1618, 1624, 1630, 1636, 1644,
    1650, 1659, 1668, 1680, 1689, 1695, 1701, 1707, 1713, 1721, 1727, 1735,
    1741, 1747, 1755, 1761, 1767, 1771, 1776, 1782, 1791, 1801, 1808, 1812,
    1818, 1824, 1830, 1838, 1847, 1853, 1859, 1865, 1874, 1881, 1889, 1898,
    1904, 1908, 1914, 1922, 1928, 1934, 1939, 1945, 1951, 1957, 1961, 1969,
    1975, 1984, 1992, 1998, 2006, 2014, 2022, 2028, 2034, 2042, 2051, 2061,
    2073, 2079, 2088, 2103, 2110, 2118, 2130, 2146, 2154, 2170, 2177, 2185,
    2191, 2197, 2205, 2209, 2217, 2224, 2230, 2236, 2251, 2257, 2261, 2267,
    2271, 2275, 2283, 2289, 2295, 2301, 2309, 2315, 2321, 2327, 2333, 2342,
    2348, 2354, 2360, 2366, 2372, 2376, 2380, 2386, 2392, 2407, 2414, 2418,
    2424, 2430, 2436, 2442, 2448, 2458, 2465, 2471, 2479, 2483, 2491, 2498,
    2504, 2510, 2516, 2522, 2528, 2534, 2540, 2546, 2553, 2557, 2562, 2568,
    2572, 2580, 2586, 2595, 2601, 2607, 2614, 2621, 2627, 2634, 2640, 2646,
    2652, 2658, 2664, 2672, 2681, 2688, 2694, 2700, 2706, 2716, 2722, 2729,
    2737, 2742, 2748, 2754, 2764, 2771, 2777, 2784, 2790, 2799, 2805, 2814,
    2820, 2826, 2832, 2839, 2847, 2856, 2866, 2872, 2878, 2886, 2892, 2900,
    2908, 2914, 2921, 2929, 2934, 2940, 2945, 2951, 2958, 2966, 2973, 2981,
    2989, 2996, 3003, 3011, 3018, 3025, 3031, 3039, 3045, 3052, 3060, 3066,
    3072, 3076, 3082, 3090, 3096, 3101, 3108, 3114, 3120, 3127, 3132, 3139,
    3145, 3150, 3158, 3164, 3170, 3178, 3184, 3192, 3200, 3205, 3222, 3229,
    3233, 3239, 3247, 3253, 3260, 3266, 3274, 3283, 3293, 3300, 3306, 3310,
    3317, 3325, 3334, 3342, 3351, 3357, 3363, 3367, 3373, 3380, 3385, 3391,
    3396, 3402, 3408, 3413, 3421, 3428, 3435, 3441, 3448, 3453, 3459, 3467,
    3473, 3480, 3486, 3492, 3499, 3505, 3512, 3519, 3527, 3533, 3538, 3544,
    3550, 3557, 3565, 3573, 3580, 3585, 3593, 3602, 3610, 3616, 3620, 3627,
    3634, 3643, 3653, 3659, 3667, 3672, 3678, 3685, 3692, 3698, 3704, 3710,
    3717, 3723, 3731, 3740, 3744, 3751, 3756, 3762, 3768, 3776, 3784, 3790,
    3796, 3801, 3806, 3814, 3820, 3827, 3832, 3836, 3843, 3848, 3854, 3860,
    3867, 3875, 3882, 3887, 3893, 3900, 3906, 3914, 3920, 3926, 3934, 3939,
    3945, 3953, 3961, 3967, 3972, 3980, 3987, 3994, 4000, 4006, 4012, 4019,
    4024, 4033, 4039, 4045, 4050, 4057, 4065, 4070, 4077, 4084, 4090, 4096,
    4101, 4107, 4113, 4119, 4123, 4130, 4138, 4146, 4151, 4157, 4164, 4172,
    4181, 4188, 4196, 4202, 4208, 4215, 4221, 4226, 4232, 4240, 4246, 4254,
    4261, 4268, 4276, 4284, 4290, 4297, 4304, 4310, 4315, 4321, 4327, 4333,
    4340, 4348, 4356, 4362, 4368, 4374, 4380, 4386, 4392, 4398, 4404, 4410,
    4416, 4423, 4431, 4440, 4446, 4454, 4460, 4466, 4473, 4480, 4486, 4492,
    4498, 4506, 4510, 4515, 4521, 4525, 4533, 4540, 4548, 4556, 4564, 4571,
    4579, 4587, 4594, 4601, 4605, 4613, 4618, 4624, 4630, 4636, 4642, 4649,
    4655, 4662, 4668, 4674, 4680, 4687, 4691, 4697, 4704, 4712, 4717, 4723,
    4729, 4735, 4742, 4748, 4754, 4758, 4766, 4773, 4779, 4785, 4792, 4798,
    4806, 4813, 4819, 4825, 4833, 4842, 4850, 4857, 4863, 4868, 4874, 4878,
    4885, 4893, 4902, 4908, 4916, 4926, 4930, 4937, 4944, 4950, 4957, 4963,
    4969, 4975, 4983, 4988, 4995, 5001, 5007, 5013, 5019, 5023, 5031, 5038,
    5043, 5048, 5054, 5061, 5067, 5074, 5082, 5090, 5099, 5105, 5111, 5117,
    5124, 5129, 5137, 5143, 5147, 5153, 5160, 5167, 5171, 5176, 5182, 5187,
    5193, 5200, 5207, 5215, 5222, 5227, 5233, 5240, 5247, 5254, 5260, 5267,
    5273, 5279, 5285, 5292, 5298, 5303, 5310, 5316, 5333, 5339, 5346, 5352,
    5360, 5367, 5374, 5381, 5389, 5395, 5402, 5409, 5417, 5424, 5430, 5437,
    5444, 5450, 5456, 5463, 5469, 5475, 5481, 5488, 5496, 5502, 5508, 5515,
    5522, 5528, 5535, 5541, 5546, 5550, 5556, 5561, 5567, 5575, 5583, 5589,
    5593, 5598, 5604, 5612, 5616, 5622, 5628, 5635, 5643, 5650, 5656, 5661,
    5667, 5675, 5682, 5688, 5694, 5700, 5705, 5711, 5719, 5727, 5735, 5743,
    5750, 5758, 5767, 5775, 5783, 5789, 5795, 5800, 5806, 5814, 5819, 5826,
    5831, 5837, 5844, 5852, 5860, 5868, 5874, 5881, 5888, 5893, 5899, 5903,
    5910, 5916, 5920, 5926, 5933, 5939, 5947, 5955, 5962, 5969, 5977, 5985,
    5993, 5998, 6005, 6009, 6015, 6023, 6029, 6035, 6040, 6046, 6052, 6060,
    6066, 6072, 6078, 6083, 6089, 6097, 6103, 6109, 6116, 6120, 6127, 6134,
    6138, 6146, 6151, 6156, 6162, 6169, 6176, 6183, 6189, 6195, 6199, 6205,
    6212, 6218, 6223, 6229, 6235, 6243, 6251, 6257, 6263, 6268, 6273, 6280,
    6285, 6293, 6298, 6302, 6309, 6315, 6321, 6327, 6333, 6339, 6345, 6352,
    6358, 6364, 6371, 6375, 6390, 6396, 6401, 6405, 6413, 6420, 6426, 6432,
    6439, 6447, 6453, 6459, 6465, 6471, 6477, 6484, 6490, 6496, 6503, 6508,
    6514, 6521, 6527, 6534, 6542, 6549, 6556, 6564, 6572, 6578, 6584, 6590,
    6596, 6603, 6609, 6617, 6623, 6630, 6638, 6643, 6650, 6656, 6661, 6669,
    6675, 6680, 6686, 6692, 6697, 6703, 6708, 6714, 6720, 6726, 6733, 6737,
    6743, 6750, 6758, 6766, 6774, 6780, 6786, 6792, 6797, 6803, 6811, 6819,
    6825, 6833, 6840, 6847, 6852, 6858, 6864, 6871, 6875, 6882, 6890, 6898,
    6904, 6912, 6917, 6925, 6933, 6939, 6947, 6954, 6959, 6965, 6971, 6978,
    6984, 6988, 6995, 7003, 7009, 7016, 7021, 7027, 7031, 7037, 7045, 7053,
    7062, 7070, 7078, 7086, 7093, 7099, 7106, 7113, 7119, 7126, 7132, 7140,
    7146, 7153, 7160, 7166, 7174, 7182, 7192, 7200, 7206, 7212, 7218, 7224,
    7232, 7237, 7244, 7250, 7258, 7264, 7271, 7279, 7286, 7293, 7301, 7307,
    7313, 7321, 7327, 7333, 7339, 7345, 7350, 7358, 7362, 7370, 7376, 7381,
    7388, 7395, 7401, 7409, 7416, 7423, 7430, 7438, 7442, 7449, 7457, 7462,
    7468, 7475, 7481, 7486, 7492, 7500, 7508, 7515, 7523, 7529, 7536, 7542,
    7548, 7554, 7560, 7567, 7574, 7582, 7589, 7594, 7600, 7604, 7610, 7616,
    7623, 7629, 7635, 7641, 7649, 7656, 7662, 7669, 7677, 7686, 7692, 7696,
    7704, 7711, 7717, 7723, 7729, 7737, 7744, 7751, 7758, 7764, 7770, 7776,
    7783, 7787, 7793, 7800, 7808, 7814, 7822, 7829, 7833, 7837, 7845, 7850,
    7855, 7863, 7869, 7875, 7883, 7889, 7894, 7900, 7908, 7912, 7917, 7924,
    7932, 7939, 7947, 7954, 7960, 7967, 7975, 7983, 7992, 8000, 8006, 8013,
    8018, 8024, 8031, 8036, 8044, 8050, 8056, 8062, 8068, 8075, 8082, 8089,
    8097, 8105, 8110, 8118, 8124, 8130, 8137, 8145, 8153, 8161, 8170, 8175,
    8181, 8187, 8195, 8202, 8210, 8216, 8223, 8231, 8239, 8245, 8250, 8255,
    8261, 8269, 8276, 8281, 8288, 8295, 8301, 8307, 8312, 8318, 8326, 8335,
    8340, 8346, 8353, 8357, 8362, 8368, 8376, 8383, 8389, 8397, 8406, 8414,
    8423, 8432, 8440, 8451, 8458, 8464, 8471, 8477, 8485, 8490, 8496, 8502,
    8507, 8514, 8522, 8528, 8532, 8538, 8542, 8548, 8554, 8560, 8566, 8572,
    8577, 8585, 8592, 8596, 8604, 8610, 8616, 8622, 8629, 8637, 8645, 8652,
    8660, 8666, 8672, 8679, 8687, 8694, 8701, 8709, 8717, 8724, 8731, 8739,
    8745, 8751, 8757, 8763, 8769, 8775, 8780, 8786, 8794, 8801, 8805, 8810,
    8817, 8821, 8827, 8833, 8837, 8845, 8852, 8859, 8866, 8873, 8881, 8889,
    8895, 8901, 8909, 8917, 8925, 8930, 8936, 8943, 8951, 8957, 8964, 8972,
    8980, 8988, 8994, 9000, 9004, 9011, 9017, 9023, 9029, 9035, 9043, 9050,
    9057, 9063, 9070, 9074, 9082, 9088, 9095, 9101, 9108, 9116, 9122, 9128,
    9134, 9142, 9149, 9155, 9162, 9169, 9177, 9183, 9188, 9194, 9202, 9208,
    9214, 9221, 9228, 9236, 9242, 9249, 9256, 9264, 9270, 9277, 9282, 9287,
    9295, 9300, 9306, 9314, 9319, 9327, 9333, 9341, 9347, 9354, 9361, 9369,
    9376, 9384, 9390, 9397, 9403, 9411, 9418, 9424, 9431, 9439, 9445, 9452,
    9458, 9465, 9472, 9479, 9486, 9493, 9497, 9502, 9509, 9516, 9522, 9528,
    9535, 9541, 9548, 9553, 9560, 9567, 9573, 9580, 9587, 9594, 9599, 9605,
    9611, 9617, 9623, 9628, 9634, 9640, 9644, 9650, 9656, 9663, 9669, 9675,
    9681, 9687, 9693, 9699, 9703, 9708, 9714, 9718, 9724, 9729, 9735, 9742,
    9749, 9757, 9763, 9769, 9774, 9779, 9785, 9793, 9799, 9805, 9809, 9817,
    9824, 9832, 9840, 9848, 9855, 9861, 9867, 9871, 9876, 9882, 9888, 9894,
    9902, 9907, 9911, 9915, 9921, 9928, 9934, 9942, 9948, 9952, 9960, 9967,
    9975, 9979, 9985, 9990, 9996, 10002, 10009, 10017, 10023, 10029, 10039, 10047,
    10055, 10063, 10070, 10078, 10084, 10090, 10095, 10101, 10107, 10112, 10118, 10122,
    10127, 10133, 10140, 10146, 10152, 10159, 10166, 10172, 10178, 10186, 10192, 10199,
    10206, 10213, 10220, 10225, 10233, 10241, 10247, 10253, 10260, 10267, 10273, 10282,
    10288, 10294, 10300, 10306, 10313, 10321, 10329, 10334, 10338, 10342, 10350, 10356,
    10361, 10368, 10374, 10382, 10388, 10394, 10401, 10408, 10416, 10423, 10428, 10436,
    10442, 10446, 10452, 10456, 10464, 10472, 10479, 10485, 10493, 10501, 10506, 10514,
    10520, 10525, 10531, 10536, 10545, 10553, 10561, 10567, 10572, 10578, 10584, 10592,
    10599, 10605, 10612, 10616, 10622, 10628, 10633, 10641, 10647, 10651, 10658, 10665,
    10671, 10678, 10685, 10693, 10701, 10708, 10714, 10720, 10724, 10730, 10735, 10741,
    10747, 10753, 10759, 10765, 10771, 10779, 10786, 10792, 10798, 10802, 10810, 10817,
    10821, 10829, 10836, 10841, 10847, 10854, 10862, 10870, 10880, 10887, 10894, 10899,
    10905, 10910, 10917, 10923, 10927, 10933, 10939, 10945, 10953, 10961, 10968, 10976,
    10980, 10986, 10992, 10999, 11003, 11007, 11013, 11017, 11024, 11030, 11036, 11043,
    11049, 11055, 11060, 11068, 11073, 11081, 11087, 11092, 11098, 11104, 11111, 11119,
    11127, 11131, 11136, 11144, 11151, 11158, 11163, 11169, 11175, 11181, 11188, 11194,
    11200, 11208, 11217, 11223, 11231, 11238, 11246, 11254, 11261, 11266, 11274, 11280,
    11286, 11294, 11303, 11312, 11318, 11325, 11331, 11336, 11342, 11348, 11355, 11362,
    11367, 11373, 11379, 11383, 11391, 11397, 11403, 11409, 11415, 11421, 11429, 11436,
    11443, 11449, 11454, 11459, 11465, 11473, 11483, 11490, 11496, 11500, 11508, 11512,
    11518, 11524, 11531, 11537, 11543, 11549, 11556, 11564, 11570, 11576, 11582, 11588,
    11594, 11601, 11608, 11616, 11625, 11631, 11638, 11644, 11650, 11658, 11665, 11672,
    11676, 11682, 11687, 11693, 11699, 11705, 11710, 11716, 11723, 11729, 11736, 11742,
    11746, 11753, 11759, 11767, 11774, 11778, 11785, 11789, 11797, 11803, 11809, 11815,
    11821, 11827, 11833, 11839, 11846, 11854, 11858, 11865, 11870, 11876, 11880, 11886,
    11892, 11899, 11907, 11914, 11922, 11928, 11934, 11940, 11946, 11954, 11960, 11966,
    11972, 11979, 11985, 11991, 11998, 12004, 12008, 12016, 12024, 12031, 12038, 12045,
    12050, 12054, 12060, 12066, 12073, 12081, 12088, 12095, 12104, 12114, 12121, 12127,
    12135, 12140, 12146, 12153, 12159, 12167, 12175, 12181, 12188, 12194, 12202, 12209,
    12216, 12224, 12232, 12238, 12245, 12250, 12256, 12262, 12268, 12274, 12280, 12287,
    12295, 12304, 12308, 12316, 12322, 12329, 12335, 12341, 12347, 12354, 12362, 12369,
    12377, 12384, 12391, 12397, 12403, 12409, 12415, 12422, 12428, 12435, 12443, 12450,
    12456, 12464, 12469, 12475, 12482, 12490, 12496, 12501, 12507, 12513, 12521, 12525,
    12532, 12538, 12546, 12554, 12558, 12565, 12573, 12580, 12588, 12596, 12604, 12611,
    12617, 12623, 12629, 12636, 12642, 12648, 12654, 12659, 12664, 12668, 12675, 12681,
    12689, 12697, 12703, 12709, 12714, 12718, 12729, 12735, 12741, 12748, 12756, 12764,
    12771, 12777, 12784, 12790, 12796, 12803, 12811, 12819, 12824, 12830, 12836, 12843,
    12851, 12859, 12865, 12871, 12879, 12887, 12892, 12899, 12905, 12911, 12917, 12922,
    12931, 12937, 12943, 12951, 12957, 12964, 12972, 12980, 12986, 12992, 12998, 13004,
    13010, 13018, 13026, 13034, 13041, 13049, 13055, 13059, 13067, 13074, 13082, 13088,
    13095, 13101, 13107, 13115, 13123, 13130, 13134, 13141, 13149, 13154, 13160, 13168,
    13174, 13180, 13186, 13192, 13198, 13204, 13211, 13218, 13225, 13229, 13235, 13240,
    13246, 13253, 13260, 13266, 13272, 13278, 13285, 13293, 13301, 13309, 13316, 13322,
    13329, 13338, 13350, 13356, 13364, 13372, 13378, 13384, 13393, 13398, 13404, 13414,
    13419, 13425, 13431, 13438, 13445, 13451, 13458, 13464, 13471, 13479, 13483, 13488,
    13496, 13501, 13507, 13514, 13520, 13529, 13535, 13541, 13547, 13555, 13561, 13565,
    13571, 13577, 13583, 13590, 13597, 13605, 13614, 13622, 13630, 13636, 13643, 13650,
    13654, 13658, 13666, 13672, 13680, 13686, 13694, 13702, 13706, 13714, 13720, 13727,
    13735, 13742, 13749, 13755, 13761, 13765, 13770, 13776, 13780, 13787, 13794, 13802,
    13809, 13817, 13822, 13828, 13834, 13839, 13845, 13851, 13859, 13866, 13872, 13878,
    13886, 13892, 13897, 13903, 13909, 13916, 13922, 13927, 13933, 13941, 13947, 13952,
    13958, 13966, 13971, 13977, 13985, 13993, 14001, 14007, 14011, 14017, 14024, 14031,
    14038, 14046, 14053, 14060, 14067, 14073, 14080, 14086, 14092, 14098, 14105, 14111,
    14117, 14124, 14128, 14133, 14141, 14146, 14153, 14161, 14167, 14174, 14180, 14186,
    14192, 14199, 14205, 14209, 14215, 14221, 14227, 14233, 14238, 14245, 14253, 14260,
    14265, 14272, 14279, 14287, 14293, 14299, 14305, 14312, 14319, 14327, 14335, 14339,
    14345, 14352, 14360, 14366, 14373, 14378, 14384, 14392, 14400, 14404, 14412, 14420,
    14426, 14432, 14440, 14446, 14453, 14460, 14466, 14472, 14478, 14486, 14491, 14497,
    14503, 14511, 14518, 14524, 14532, 14540, 14544, 14551, 14559, 14567, 14573, 14579,
    14594, 14609, 14613, 14618, 14624, 14630, 14637, 14645, 14651, 14657, 14663, 14671,
    14676, 14684, 14689, 14695, 14699, 14707, 14712, 14718, 14726, 14732, 14738, 14746,
    14752, 14756, 14762, 14769, 14774, 14780, 14786, 14793, 14799, 14807, 14813, 14819,
    14826, 14833, 14839, 14845, 14853, 14859, 14865, 14871, 14878, 14885, 14891, 14897,
    14903, 14910, 14916, 14922, 14928, 14935, 14941, 14947, 14954, 14961, 14966, 14972,
    14980, 14989, 14995, 15003, 15007, 15014, 15019, 15025, 15031, 15037, 15044, 15049,
    15055, 15061, 15066, 15072, 15080, 15086, 15094, 15101, 15109, 15115, 15122, 15128,
    15134, 15138, 15145, 15151, 15158, 15165, 15171, 15177, 15182, 15188, 15193, 15199,
    15205, 15211, 15217, 15225, 15231, 15237, 15243, 15250, 15258, 15264, 15269, 15275,
    15281, 15288, 15293, 15299, 15303, 15309, 15315, 15321, 15327, 15334, 15341, 15349,
    15355, 15362, 15369, 15376, 15384, 15390, 15396, 15402, 15409, 15417, 15423, 15429,
    15437, 15446, 15453, 15457, 15463, 15471, 15477, 15485, 15492, 15500, 15506, 15513,
    15521, 15528, 15535, 15543, 15549, 15557, 15564, 15570, 15577, 15584, 15590, 15598,
    15605, 15613, 15621, 15627, 15633, 15639, 15645, 15653, 15661, 15668, 15673, 15681,
    15689, 15697, 15705, 15711, 15718, 15725, 15730, 15735, 15741, 15748, 15754, 15762,
    15770, 15776, 15782, 15788, 15796, 15802, 15810, 15816, 15823, 15827, 15833, 15840,
    15847, 15855, 15861, 15868, 15872, 15878, 15885, 15891, 15898, 15905, 15912, 15920,
    15928, 15933, 15939, 15943, 15949, 15955, 15959, 15966, 15971, 15979, 15985, 15993,
    16002, 16007, 16013, 16019, 16025, 16031, 16037, 16044, 16049, 16057, 16064, 16070,
    16077, 16085, 16090, 16096, 16102, 16106, 16112, 16119, 16125, 16132, 16140, 16144,
    16151, 16155, 16163, 16167, 16171, 16175, 16182, 16187, 16195, 16199, 16204, 16210,
    16218, 16223, 16229, 16235, 16243, 16249, 16256, 16263, 16269, 16274, 16280, 16285,
    16291, 16298, 16306, 16312, 16318, 16323, 16329, 16335, 16341, 16347, 16354, 16359,
    16363, 16371, 16378, 16383, 16389, 16394, 16400, 16404, 16409, 16416, 16422, 16428,
    16434, 16440, 16444, 16450, 16457, 16465, 16469, 16476, 16483, 16491, 16497, 16504,
    16509, 16515, 16521, 16529, 16534, 16540, 16545, 16551, 16558, 16566, 16570, 16576,
    16580, 16586, 16593, 16599, 16603, 16609, 16616, 16621, 16626, 16632, 16637, 16643,
    16649, 16655, 16662, 16668, 16674, 16681, 16689, 16696, 16704, 16711, 16717, 16724,
    16731, 16737, 16745, 16751, 16757, 16765, 16771, 16779, 16787, 16793, 16799, 16804,
    16810, 16818, 16825, 16831, 16837, 16845, 16853, 16861, 16868, 16873, 16878, 16884,
    16890, 16897, 16905, 16913, 16921, 16927, 16932, 16938, 16943, 16949, 16955, 16962,
    16969, 16976, 16981, 16988, 16996, 17003, 17011, 17017, 17022, 17028, 17036, 17044,
    17051, 17057, 17064, 17070, 17074, 17078, 17086, 17092, 17099, 17107, 17114, 17120,
    17126, 17132, 17140, 17144, 17151, 17159, 17167, 17174, 17182, 17187, 17193, 17199,
    17206, 17212, 17216, 17222, 17228, 17237, 17243, 17249, 17254, 17260, 17268, 17276,
    17283, 17292, 17299, 17307, 17313, 17319, 17326, 17334, 17340, 17346, 17353, 17357,
    17361, 17365, 17371, 17377, 17383, 17389, 17396, 17402, 17409, 17415, 17422, 17428,
    17435, 17443, 17451, 17457, 17464, 17468, 17472, 17478, 17482, 17490, 17496, 17504,
    17510, 17514, 17521, 17527, 17533, 17539, 17547, 17553, 17560, 17567, 17573, 17579,
    17584, 17590, 17595, 17601, 17609, 17614, 17621, 17627, 17632, 17638, 17645, 17651,
    17659, 17665, 17672, 17678, 17684, 17691, 17703, 17709, 17715, 17721, 17727, 17734,
    17740, 17744, 17750, 17757, 17765, 17771, 17778, 17785, 17793, 17799, 17806, 17812,
    17818, 17825, 17833, 17841, 17847, 17852, 17859, 17864, 17880, 17885, 17889, 17896,
    17900, 17906, 17913, 17919, 17925, 17929, 17937, 17945, 17950, 17957, 17965, 17974,
    17980, 17987, 17994, 17999, 18005, 18012, 18019, 18026, 18034, 18038, 18046, 18052,
    18056, 18064, 18070, 18078, 18087, 18093, 18099, 18106, 18110, 18115, 18121, 18129,
    18138, 18144, 18151, 18157, 18165, 18171, 18179, 18185, 18191, 18199, 18207, 18211,
    18219, 18225, 18232, 18238, 18245, 18253, 18258, 18264, 18269, 18274, 18280, 18286,
    18290, 18295, 18301, 18308, 18314, 18321, 18327, 18335, 18341, 18347, 18352, 18358,
    18366, 18372, 18379, 18386, 18392, 18400, 18407, 18411, 18416, 18423, 18428, 18434,
    18441, 18447, 18455, 18459, 18466, 18472, 18476, 18480, 18486, 18493, 18508, 18516,
    18523, 18530, 18536, 18542, 18548, 18556, 18562, 18569, 18577, 18583, 18589, 18596,
    18603, 18609, 18616, 18622, 18629, 18635, 18640, 18646, 18654, 18660, 18668, 18676,
    18682, 18688, 18694, 18700, 18715, 18722, 18730, 18738, 18744, 18752, 18758, 18765,
    18771, 18777, 18784, 18792, 18799, 18807, 18817, 18824, 18832, 18840, 18845, 18850,
    18856, 18863, 18869, 18875, 18881, 18887, 18895, 18903, 18907, 18913, 18921, 18926,
    18932, 18938, 18946, 18955, 18960, 18966, 18972, 18978, 18986, 18991, 18997, 19004,
    19010, 19016, 19023, 19031, 19038, 19044, 19052, 19057, 19063, 19071, 19077, 19084,
    19090, 19094, 19100, 19106, 19112, 19120, 19127, 19133, 19139, 19147, 19153, 19159,
    19166, 19173, 19181, 19188, 19194, 19200, 19204, 19212, 19220, 19228, 19233, 19239,
    19246, 19253, 19258, 19264, 19271, 19279, 19286, 19293, 19299, 19306, 19312, 19316,
    19322, 19329, 19337, 19343, 19349, 19356, 19363, 19371, 19377, 19383, 19388, 19394,
    19400, 19407, 19414, 19420, 19426, 19433, 19441, 19445, 19451, 19457, 19463, 19470,
    19478, 19483, 19491, 19498, 19506, 19514, 19522, 19530, 19536, 19544, 19551, 19556,
    19564, 19572, 19578, 19585, 19592, 19599, 19606, 19614, 19620, 19626, 19632, 19638,
    19644, 19651, 19657, 19664, 19670, 19674, 19682, 19690, 19698, 19705, 19713, 19721,
    19727, 19734, 19740, 19747, 19755, 19760, 19768, 19777, 19783, 19787, 19793, 19798,
    19802, 19806, 19812, 19819, 19827, 19835, 19843, 19849, 19856, 19864, 19872, 19876,
    19882, 19889, 19897, 19903, 19913, 19921, 19930, 19936, 19944, 19950, 19956, 19962,
    19968, 19972, 19980, 19985, 19991, 19997, 20003, 20009, 20014, 20022, 20029, 20035,
    20041, 20048, 20056, 20062, 20066, 20075, 20081, 20087, 20094, 20100, 20107, 20113,
    20119, 20125, 20132, 20138, 20145, 20150, 20156, 20162, 20170, 20175, 20181, 20189,
    20196, 20203, 20209, 20217, 20223, 20229, 20233, 20239, 20244, 20250, 20258, 20264,
    20270, 20277, 20294, 20300, 20308, 20315, 20321, 20327, 20332, 20338, 20346, 20352,
    20360, 20366, 20372, 20379, 20386, 20391, 20397, 20404, 20412, 20419, 20427, 20433,
    20440, 20448, 20455, 20465, 20473, 20478, 20484, 20490, 20496, 20500, 20508, 20517,
    20522, 20528, 20534, 20540, 20547, 20553, 20561, 20567, 20575, 20583, 20591, 20597,
    20603, 20613, 20621, 20629, 20634, 20640, 20645, 20651, 20657, 20663, 20669, 20675,
    20685, 20693, 20699, 20705, 20711, 20717, 20724, 20730, 20738, 20743, 20749, 20755,
    20763, 20770, 20777, 20785, 20793, 20800, 20806, 20812, 20818, 20824, 20830, 20836,
    20843, 20849, 20855, 20860, 20865, 20869, 20875, 20881, 20889, 20895, 20902, 20908,
    20914, 20919, 20925, 20931, 20937, 20944, 20951, 20958, 20966, 20972, 20980, 20987,
    20993, 21000, 21007, 21015, 21023, 21031, 21037, 21052, 21060, 21066, 21072, 21079,
    21099, 21103, 21110, 21118, 21125, 21131, 21140, 21146, 21154, 21161, 21167, 21174,
    21182, 21189, 21195, 21202, 21210, 21216, 21223, 21229, 21234, 21238, 21246, 21250,
    21265, 21271, 21277, 21284, 21290, 21297, 21303, 21308, 21312, 21318, 21325, 21330,
    21336, 21343, 21349, 21355, 21359, 21365, 21369, 21374, 21380, 21386, 21394, 21400,
    21406, 21413, 21420, 21426, 21432, 21438, 21444, 21449, 21458, 21465, 21471, 21475,
    21479, 21485, 21492, 21498, 21504, 21510, 21516, 21523, 21529, 21537, 21544, 21548,
    21552, 21558, 21564, 21571, 21577, 21584, 21595, 21603, 21609, 21615, 21621, 21628,
    21634, 21639, 21645, 21651, 21659, 21665, 21672, 21678, 21684, 21690, 21697, 21703,
    21711, 21717, 21723, 21727, 21731, 21737, 21744, 21750, 21757, 21762, 21768, 21775,
    21782, 21788, 21794, 21798, 21804, 21812, 21819, 21825, 21831, 21838, 21845, 21851,
    21857, 21863, 21869, 21876, 21881, 21887, 21894, 21899, 21905, 21911, 21918, 21923,
    21929, 21936, 21942, 21950, 21958, 21964, 21968, 21976, 21984, 21992, 21998, 22005,
    22012, 22018, 22025, 22033, 22039, 22045, 22051, 22059, 22068, 22075, 22083, 22089,
    22096, 22102, 22108, 22114, 22120, 22128, 22137, 22143, 22148, 22155, 22159, 22166,
    22173, 22181, 22189, 22196, 22204, 22210, 22215, 22223, 22230, 22235, 22241, 22247,
    22253, 22258, 22264, 22268, 22275, 22283, 22289, 22296, 22302, 22310, 22318, 22326,
    22332, 22339, 22347, 22355, 22364, 22375, 22384, 22399, 22415, 22424, 22440, 22448,
    22455, 22462, 22468, 22476, 22483, 22491, 22498, 22506, 22512, 22517, 22521, 22528,
    22536, 22542, 22548, 22554, 22559, 22564, 22571, 22577, 22584, 22589, 22597, 22604,
    22610, 22615, 22623, 22629, 22636, 22642, 22650, 22654, 22661, 22669, 22674, 22679,
    22685, 22693, 22700, 22706, 22712, 22719, 22724, 22730, 22737, 22743, 22751, 22758,
    22762, 22767, 22773, 22781, 22787, 22795, 22801, 22808, 22815, 22823, 22830, 22834,
    22840, 22848, 22855, 22863, 22870, 22878, 22884, 22889, 22895, 22901, 22908, 22916,
    22921, 22927, 22932, 22936, 22944, 22948, 22954, 22961, 22968, 22974, 22981, 22987,
    22991, 22998, 23004, 23010, 23017, 23023, 23028, 23032, 23038, 23046, 23050, 23058,
    23065, 23069, 23077, 23086, 23091, 23098, 23104, 23112, 23118, 23125, 23131, 23138,
    23145, 23151, 23158, 23163, 23169, 23176, 23182, 23188, 23195, 23203, 23207, 23214,
    23222, 23228, 23239, 23247, 23253, 23261, 23268, 23273, 23281, 23287, 23293, 23299,
    23309, 23316, 23324, 23331, 23337, 23343, 23359, 23375, 23393, 23397, 23403, 23409,
    23415, 23422, 23426, 23433, 23439, 23443, 23451, 23457, 23465, 23469, 23475, 23481,
    23487, 23495, 23501, 23508, 23514, 23519, 23527, 23531, 23536, 23542, 23548, 23556,
    23563, 23571, 23579, 23585, 23593, 23601, 23609, 23617, 23623, 23629, 23635, 23642,
    23648, 23654, 23660, 23665, 23671, 23677, 23685, 23693, 23701, 23708, 23715, 23723,
    23731, 23737, 23744, 23750, 23756, 23762, 23769, 23777, 23785, 23792, 23798, 23805,
    23811, 23818, 23824, 23831, 23836, 23842, 23848, 23855, 23860, 23866, 23873, 23881,
    23889, 23895, 23903, 23910, 23915, 23921, 23927, 23933, 23939, 23945, 23952, 23957,
    23963, 23970, 23978, 23986, 23992, 23998, 24005, 24011, 24017, 24024, 24030, 24036,
    24044, 24054, 24066, 24082, 24102, 24110, 24116, 24124, 24130, 24136, 24142, 24149,
    24157, 24166, 24174, 24183, 24195, 24207, 24222, 24228, 24237, 24243, 24248, 24252,
    24256, 24261, 24267, 24274, 24278, 24285, 24291, 24298, 24303, 24309, 24314, 24320,
    24326, 24332, 24338, 24347, 24356, 24362, 24369, 24377, 24385, 24390, 24396, 24404,
    24419, 24425, 24432, 24440, 24449, 24459, 24470, 24482, 24497, 24504, 24512, 24521,
    24531, 24546, 24552, 24560, 24566, 24572, 24579, 24584, 24590, 24597, 24603, 24610,
    24616, 24624, 24630, 24638, 24644, 24651, 24659, 24667, 24671, 24678, 24686, 24693,
    24701, 24706, 24713, 24718, 24727, 24733, 24740, 24746, 24752, 24758, 24765, 24771,
    24776, 24782, 24789, 24796, 24804, 24810, 24816, 24823, 24831, 24836, 24844, 24849,
    24855, 24861, 24868, 24872, 24878, 24884, 24890, 24895, 24901, 24908, 24918, 24924,
    24931, 24939, 24944, 24950, 24956, 24964, 24970, 24978, 24985, 24992, 25000, 25006,
    25013, 25020, 25026, 25033, 25039, 25046, 25052, 25056, 25064, 25070, 25077, 25085,
    25092, 25098, 25104, 25110, 25116, 25124, 25131, 25139, 25143, 25150, 25156, 25164,
    25171, 25177, 25184, 25191, 25197, 25203, 25211, 25218, 25224, 25232, 25240, 25245,
    25253, 25259, 25267, 25274, 25278, 25285, 25293, 25301, 25307, 25315, 25319, 25324,
    25332, 25338, 25344, 25350, 25355, 25365, 25372, 25382, 25390, 25398, 25406, 25412,
    25418, 25425, 25432, 25439, 25446, 25451, 25459, 25467, 25475, 25479, 25485, 25491,
    25498, 25506, 25514, 25520, 25525, 25533, 25538, 25544, 25550, 25556, 25561, 25567,
    25573, 25579, 25587, 25592, 25599, 25607, 25612, 25618, 25624, 25631, 25635, 25641,
    25647, 25654, 25662, 25668, 25672, 25679, 25687, 25692, 25698, 25705, 25710, 25716,
    25723, 25729, 25736, 25740, 25746, 25751, 25756, 25761, 25768, 25777, 25783, 25790,
    25796, 25800, 25808, 25814, 25821, 25827, 25834, 25840, 25845, 25851, 25855, 25862,
    25868, 25874, 25880, 25887, 25892, 25898, 25904, 25910, 25916, 25924, 25931, 25937,
    25942, 25948, 25954, 25964, 25972, 25978, 25983, 25989, 25995, 26002, 26009, 26017,
    26023, 26031, 26037, 26043, 26049, 26054, 26060, 26067, 26073, 26079, 26086, 26094,
    26101, 26107, 26114, 26121, 26127, 26134, 26142, 26149, 26155, 26161, 26166, 26172,
    26179, 26186, 26194, 26200, 26206, 26214, 26218, 26223, 26229, 26237, 26243, 26248,
    26254, 26259, 26265, 26271, 26276, 26284, 26290, 26298, 26304, 26308, 26314, 26321,
    26329, 26335, 26343, 26349, 26355, 26362, 26370, 26377, 26385, 26392, 26398, 26405,
    26411, 26419, 26426, 26434, 26441, 26449, 26457, 26463, 26471, 26476, 26482, 26489,
    26495, 26500, 26508, 26515, 26522, 26528, 26535, 26540, 26546, 26552, 26560, 26566,
    26570, 26576, 26582, 26589, 26597, 26606, 26612, 26619, 26627, 26633, 26641, 26647,
    26653, 26661, 26669, 26677, 26681, 26687, 26695, 26703, 26712, 26718, 26724, 26732,
    26738, 26744, 26749, 26755, 26766, 26772, 26779, 26785, 26790, 26796, 26802, 26808,
    26814, 26820, 26824, 26830, 26836, 26840, 26845, 26851, 26858, 26866, 26873, 26878,
    26884, 26891, 26897, 26901, 26907, 26913, 26921, 26926, 26934, 26939, 26945, 26952,
    26960, 26964, 26971, 26976, 26982, 26988, 26994, 27000, 27006, 27012, 27019, 27025,
    27029, 27035, 27041, 27048, 27054, 27061, 27066, 27074, 27081, 27087, 27095, 27101,
    27107, 27114, 27118, 27126, 27134, 27140, 27146, 27153, 27161, 27166, 27172, 27179,
    27183, 27189, 27197, 27202, 27208, 27212, 27216, 27220, 27226, 27232, 27239, 27245,
    27252, 27258, 27265, 27273, 27279, 27284, 27289, 27295, 27301, 27307, 27313, 27320,
    27328, 27335, 27341, 27349, 27355, 27361, 27369, 27375, 27381, 27387, 27395, 27401,
    27406, 27412, 27419, 27425, 27431, 27437, 27444, 27450, 27458, 27466, 27473, 27479,
    27485, 27492, 27500, 27509, 27516, 27523, 27529, 27537, 27542, 27548, 27554, 27560,
    27567, 27573, 27578, 27584, 27588, 27594, 27602, 27610, 27614, 27619, 27625, 27630,
    27638, 27646, 27652, 27658, 27663, 27669, 27675, 27680, 27686, 27692, 27697, 27703,
    27709, 27715, 27721, 27727, 27733, 27739, 27743, 27748, 27754, 27760, 27766, 27773,
    27780, 27786, 27794, 27802, 27808, 27815, 27820, 27828, 27834, 27841, 27845, 27853,
    27861, 27870, 27877, 27883, 27891, 27897, 27903, 27910, 27918, 27926, 27934, 27947,
    27954, 27960, 27966, 27973, 27981, 27989, 27995, 27999, 28004, 28010, 28016, 28020,
    28026, 28033, 28038, 28044, 28050, 28061, 28069, 28077, 28085, 28094, 28099, 28107,
    28112, 28120, 28127, 28133, 28140, 28146, 28152, 28159, 28166, 28172, 28179, 28186,
    28194, 28199, 28206, 28212, 28219, 28227, 28234, 28242, 28247, 28253, 28259, 28266,
    28274, 28280, 28285, 28291, 28298, 28306, 28315, 28321, 28326, 28332, 28338, 28345,
    28351, 28359, 28365, 28373, 28378, 28384, 28393, 28399, 28404, 28410, 28416, 28422,
    28430, 28436, 28442, 28448, 28453, 28459, 28466, 28472, 28478, 28484, 28492, 28498,
    28506, 28512, 28518, 28525, 28533, 28541, 28550, 28557, 28561, 28567, 28575, 28583,
    28592, 28600, 28608, 28616, 28624, 28631, 28636, 28644, 28651, 28659, 28667, 28673,
    28680, 28687, 28693, 28700, 28708, 28714, 28721, 28727, 28733, 28738, 28746, 28755,
    28762, 28768, 28775, 28783, 28788, 28794, 28800, 28806, 28813, 28818, 28824, 28830,
    28836, 28841, 28848, 28856, 28862, 28870, 28876, 28882, 28887, 28895, 28904, 28910,
    28916, 28922, 28928, 28933, 28939, 28946, 28954, 28964, 28970, 28977, 28983, 28990,
    28998, 29004, 29011, 29017, 29023, 29027, 29034, 29040, 29046, 29051, 29057, 29064,
    29070, 29074, 29080, 29087, 29093, 29099, 29106, 29113, 29117, 29123, 29129, 29135,
    29140, 29145, 29151, 29157, 29164, 29170, 29178, 29184, 29192, 29201, 29206, 29214,
    29221, 29227, 29234, 29242, 29247, 29253, 29261, 29267, 29275, 29283, 29292, 29300,
    29309, 29316, 29320, 29326, 29333, 29338, 29345, 29352, 29358, 29363, 29369, 29377,
    29384, 29391, 29397, 29402, 29408, 29415, 29423, 29431, 29437, 29443, 29450, 29458,
    29465, 29473, 29478, 29486, 29495, 29501, 29507, 29513, 29523, 29531, 29537, 29543,
    29550, 29558, 29564, 29572, 29577, 29583, 29588, 29592, 29597, 29603, 29609, 29614,
    29618, 29624, 29630, 29637, 29645, 29651, 29656, 29663, 29669, 29676, 29682, 29688,
    29694, 29701, 29707, 29715, 29722, 29729, 29736, 29740, 29748, 29754, 29759, 29765,
    29773, 29782, 29786, 29791, 29797, 29804, 29812, 29816, 29823, 29830, 29837, 29843,
    29847, 29853, 29860, 29866, 29874, 29884, 29892, 29898, 29903, 29907, 29912, 29919,
    29927, 29933, 29940, 29948, 29956, 29961, 29967, 29975, 29983, 29989, 29997, 30004,
    30010, 30016, 30024, 30031, 30037, 30044, 30052, 30058, 30065, 30071, 30079, 30085,
    30092, 30099, 30106, 30114, 30119, 30125, 30132, 30140, 30146, 30150, 30156, 30164,
    30170, 30177, 30184, 30192, 30200, 30208, 30215, 30219, 30223, 30231, 30238, 30244,
    30251, 30259, 30264, 30270, 30278, 30284, 30290, 30296, 30303, 30310, 30315, 30321,
    30327, 30331, 30336, 30343, 30347, 30351, 30357, 30367, 30373, 30379, 30386, 30394,
    30400, 30408, 30412, 30418, 30425, 30430, 30436, 30440, 30445, 30452, 30458, 30464,
    30469, 30475, 30483, 30489, 30493, 30497, 30504, 30508, 30514, 30521, 30527, 30533,
    30539, 30545, 30551, 30558, 30565, 30571, 30578, 30586, 30595, 30601, 30607, 30614,
    30621, 30626, 30632, 30639, 30644, 30651, 30657, 30663, 30670, 30680, 30687, 30693,
    30701, 30707, 30715, 30721, 30725, 30731, 30740, 30748, 30754, 30761, 30768, 30776,
    30783, 30789, 30796, 30802, 30809, 30815, 30822, 30828, 30834, 30841, 30849, 30856,
    30863, 30868, 30873, 30880, 30886, 30894, 30901, 30907, 30915, 30922, 30928, 30935,
    30941, 30949, 30955, 30961, 30966, 30972, 30978, 30986, 30992, 30998, 31004, 31012,
    31019, 31026, 31033, 31038, 31044, 31051, 31057, 31063, 31069, 31077, 31085, 31093,
    31103, 31110, 31116, 31124, 31131, 31137, 31143, 31149, 31153, 31159, 31170, 31176,
    31184, 31189, 31194, 31200, 31208, 31217, 31223, 31230, 31237, 31245, 31253, 31259,
    31266, 31273, 31281, 31288, 31295, 31303, 31309, 31315, 31321, 31327, 31333, 31339,
    31344, 31352, 31359, 31366, 31373, 31379, 31385, 31393, 31401, 31408, 31413, 31419,
    31425, 31431, 31440, 31446, 31454, 31461, 31467, 31475, 31481, 31489, 31496, 31502,
    31508, 31514, 31522, 31529, 31534, 31541, 31550, 31556, 31563, 31569, 31577, 31584,
    31591, 31597, 31605, 31611, 31616, 31622, 31628, 31634, 31642, 31648, 31655, 31661,
    31670, 31676, 31684, 31693, 31699, 31705, 31711, 31716, 31722, 31728, 31735, 31741,
    31747, 31757, 31763, 31769, 31775, 31782, 31789, 31794, 31801, 31807, 31813, 31819,
    31825, 31831, 31839, 31847, 31856, 31863, 31870, 31876, 31883, 31891, 31898, 31904,
    31910, 31917, 31922, 31928, 31936, 31942, 31948, 31953, 31959, 31966, 31974, 31983,
    31990, 31994, 32000, 32007, 32015, 32021, 32026, 32030, 32038, 32044, 32050, 32054,
    32061, 32068, 32076, 32084, 32092, 32100, 32108, 32115, 32121, 32129, 32136, 32142,
    32149, 32154, 32162, 32168, 32175, 32183, 32188, 32194, 32200, 32206, 32212, 32220,
    32227, 32235, 32243, 32250, 32257, 32265, 32273, 32279, 32285, 32291, 32296, 32302,
    32308, 32315, 32322, 32330, 32337, 32343, 32349, 32356, 32364, 32370, 32376, 32384,
    32390, 32394, 32401, 32409, 32415, 32422, 32430, 32438, 32447, 32453, 32458, 32464,
    32469, 32475, 32479, 32487, 32492, 32498, 32504, 32512, 32518, 32524, 32532, 32536,
    32541, 32547, 32555, 32562, 32570, 32576, 32584, 32590, 32596, 32602, 32608, 32615,
    32621, 32627, 32632, 32636, 32642, 32648, 32655, 32661, 32667, 32673, 32680, 32688,
    32696, 32702, 32709, 32717, 32723, 32732, 32738, 32745, 32756, 32760, 32766, 32774,
    32779, 32786, 32793, 32799, 32804, 32810, 32817, 32823, 32831, 32838, 32844, 32848,
    32854, 32859, 32865, 32873, 32881, 32887, 32893, 32899, 32905, 32911, 32919, 32927,
    32931, 32935, 32939, 32943, 32948, 32955, 32960, 32964, 32969, 32975, 32979, 32983,
    32987, 32993, 32998, 33004, 33010, 33015, 33021, 33025, 33030, 33045, 33049, 33055,
    33063, 33069, 33075, 33084, 33092, 33098, 33105, 33113, 33129
};

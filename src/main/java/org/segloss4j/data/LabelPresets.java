package org.segloss4j.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The label maps of well-known data sets, written as users write theirs. */
final class LabelPresets {

    private static final String BINARY = """
            0    0  background  #000000
            255  1  foreground  #ffffff
            """;

    /** The classes and colours of Cityscapes' evaluation; labels files number 34 classes, train ids these 19. */
    private static final String CITYSCAPES = """
            7   0   road           #804080
            8   1   sidewalk       #f423e8
            11  2   building       #464646
            12  3   wall           #66669c
            13  4   fence          #be9999
            17  5   pole           #999999
            19  6   traffic light  #faaa1e
            20  7   traffic sign   #dcdc00
            21  8   vegetation     #6b8e23
            22  9   terrain        #98fb98
            23  10  sky            #4682b4
            24  11  person         #dc143c
            25  12  rider          #ff0000
            26  13  car            #00008e
            27  14  truck          #000046
            28  15  bus            #003c64
            31  16  train          #005064
            32  17  motorcycle     #0000e6
            33  18  bicycle        #770b20
            0   ignore  # unlabelled
            1   ignore  # ego vehicle
            2   ignore  # rectification border
            3   ignore  # out of the region of interest
            4   ignore  # static
            5   ignore  # dynamic
            6   ignore  # ground
            9   ignore  # parking
            10  ignore  # rail track
            14  ignore  # guard rail
            15  ignore  # bridge
            16  ignore  # tunnel
            18  ignore  # group of poles
            29  ignore  # caravan
            30  ignore  # trailer
            # The licence plate is -1, which 8 and 16 bits store as their largest value.
            255    ignore
            65535  ignore
            """;

    private static final String VOC = """
            0   0   background   #000000
            1   1   aeroplane    #800000
            2   2   bicycle      #008000
            3   3   bird         #808000
            4   4   boat         #000080
            5   5   bottle       #800080
            6   6   bus          #008080
            7   7   car          #808080
            8   8   cat          #400000
            9   9   chair        #c00000
            10  10  cow          #408000
            11  11  diningtable  #c08000
            12  12  dog          #400080
            13  13  horse        #c00080
            14  14  motorbike    #408080
            15  15  person       #c08080
            16  16  pottedplant  #004000
            17  17  sheep        #804000
            18  18  sofa         #00c000
            19  19  train        #80c000
            20  20  tvmonitor    #004080
            255  ignore  # the border of objects
            """;

    private static final String CAMVID = """
            #808080  0   Sky
            #800000  1   Building
            #c00080  1   # archway
            #008040  1   # bridge
            #400040  1   # tunnel
            #40c000  1   # wall
            #c0c080  2   Pole
            #000040  2   # traffic cone
            #804080  3   Road
            #8000c0  3   # lane markings to drive by
            #c00040  3   # other lane markings
            #0000c0  4   Pavement
            #40c080  4   # parking block
            #8080c0  4   # road shoulder
            #808000  5   Tree
            #c0c000  5   # other vegetation
            #c08080  6   SignSymbol
            #808040  6   # text
            #004040  6   # traffic light
            #404080  7   Fence
            #400080  8   Car
            #4080c0  8   # SUV, pickup truck
            #c080c0  8   # truck, bus
            #c04080  8   # train
            #804040  8   # other moving things
            #404000  9   Pedestrian
            #c08040  9   # child
            #4000c0  9   # cart, luggage, pram
            #408040  9   # animal
            #0080c0  10  Bicyclist
            #c000c0  10  # motorcycle, scooter
            #000000  ignore
            """;

    private static final Map<String, LabelMap> PRESETS = new LinkedHashMap<>();

    static {
        LabelMap cityscapes = LabelMap.ofText(CITYSCAPES);
        PRESETS.put("binary", LabelMap.ofText(BINARY));
        PRESETS.put("cityscapes", cityscapes);
        PRESETS.put("cityscapes-trainids", LabelMap.indexes(cityscapes.classes()).ignoring(255)
                .named(cityscapes.names()).coloured(cityscapes.colours().stream().mapToInt(rgb -> rgb).toArray()));
        PRESETS.put("voc", LabelMap.ofText(VOC));
        PRESETS.put("camvid", LabelMap.ofText(CAMVID));
    }

    private LabelPresets() {
    }

    static LabelMap of(String name) {
        LabelMap map = PRESETS.get(name);
        if (map == null) {
            throw new IllegalArgumentException("there is no label map named " + name + ", only "
                    + String.join(", ", names()));
        }
        return map;
    }

    static List<String> names() {
        return new ArrayList<>(PRESETS.keySet());
    }
}
